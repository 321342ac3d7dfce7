// SPDX-License-Identifier: GPL-3.0-or-later
//! Mistakes made in sound snippets, line by line: what ends a guard is deleted, moved or made
//! void, what takes one is doubled, deleted or moved, temporaries are given names.

/// A snippet with one mistake.
pub struct Mutant {
    /// What was done, and where.
    pub what: String,
    /// The text.
    pub source: String,
}

/// What marks a `drop` that a guard's end is near enough without.
const HARMLESS: &str = "// early, no more";

/// All mistakes that are made in a snippet.
pub fn of(source: &str) -> Vec<Mutant> {
    let lines: Vec<&str> = source.lines().collect();
    let mut found = Vec::new();
    for at in 0..lines.len() {
        drops(&lines, at, &mut found);
        guards(&lines, at, &mut found);
        temporaries(&lines, at, &mut found);
        blocks(&lines, at, &mut found);
    }
    found
}

fn add(
    found: &mut Vec<Mutant>,
    what: &str,
    lines: &[&str],
    at: usize,
    becomes: &[&str],
    instead_of: usize,
) {
    let mut changed = lines[..at].to_vec();
    changed.extend(becomes);
    changed.extend(&lines[at + instead_of..]);
    found.push(Mutant {
        what: format!("line {}: {what}", at + 1),
        source: changed.join("\n"),
    });
}

/// The rest of the function that a line is in.
fn rest<'a>(lines: &'a [&'a str], at: usize) -> &'a [&'a str] {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let start = (0..=at)
        .rev()
        .find(|line| lines[*line].contains("fn "))
        .unwrap_or(0);
    let end = (at..lines.len())
        .find(|line| lines[*line].trim() == "}" && indent(lines[*line]) == indent(lines[start]));
    &lines[at + 1..end.unwrap_or(lines.len())]
}

/// Whether a line must not be reached with a guard of a journal or a queue.
fn is_hazard(line: &str) -> bool {
    [".await", "sleep(", "fs::", "wait_for_child("]
        .iter()
        .any(|word| line.contains(word))
}

/// Whether a line takes the lock of a level, or of the journal.
fn takes(line: &str, lock: &str) -> bool {
    let ways: &[&str] = match lock {
        "registry" => &["registry.lock()", "lock_registry(", "self.registry()"],
        "machine" => &["machine.lock()", "machine.try_lock()", "find_machine("],
        "journal" => &[
            "journal.lock()",
            "journal.read()",
            "journal.write()",
            "journal.try_lock()",
            "journal::lock(",
        ],
        _ => &["queue.lock()", "queue.blocking_lock()"],
    };
    ways.iter().any(|way| line.contains(way))
}

const LOCKS: [&str; 4] = ["registry", "machine", "journal", "queue"];

/// Whether a line binds a guard.
fn binds(line: &str) -> bool {
    let ends = [
        "lock().unwrap();",
        "read().unwrap();",
        "write().unwrap();",
        "lock().await;",
        ".await.unwrap();",
        "lock_registry(hub);",
        "find_machine(&registry, 7);",
        "journal::lock(&store);",
        "blocking_lock();",
        "self.registry();",
    ];
    let line = line.trim();
    line.starts_with("let ")
        && ends.iter().any(|end| line.ends_with(end))
        && LOCKS.iter().any(|lock| takes(line, lock))
}

fn drops(lines: &[&str], at: usize, found: &mut Vec<Mutant>) {
    let line = lines[at];
    if !line.contains("drop(") {
        return;
    }
    let forgets = line
        .replace("mem::drop(", "drop(")
        .replace("drop(", "mem::forget(");
    add(found, "forgotten, not dropped", lines, at, &[&forgets], 1);
    if line.ends_with(HARMLESS) {
        return;
    }
    add(found, "drop deleted", lines, at, &[], 1);
    let other = line.replace("drop(", "look(&");
    add(found, "looked at, not dropped", lines, at, &[&other], 1);
    if let Some(next) = lines.get(at + 1)
        && next.ends_with(';')
        && (is_hazard(next) || LOCKS.iter().any(|lock| takes(next, lock)))
    {
        add(found, "drop moved behind", lines, at, &[next, line], 2);
    }
    let conditional = format!("if early {{ {} }}", line.trim());
    add(found, "drop on one way only", lines, at, &[&conditional], 1);
}

fn guards(lines: &[&str], at: usize, found: &mut Vec<Mutant>) {
    let line = lines[at];
    if line.contains("let _ = ") {
        add(
            found,
            "named",
            lines,
            at,
            &[&line.replace("let _ = ", "let _held = ")],
            1,
        );
    }
    if !binds(line) {
        return;
    }
    add(found, "taken twice", lines, at, &[line, line], 1);
    add(
        found,
        "a blocking call behind",
        lines,
        at,
        &[line, "thread::sleep(STEP);"],
        1,
    );
    let closed = format!("{line} std::fs::write(path, text)?;");
    add(found, "a file written behind", lines, at, &[&closed], 1);
    if !takes(line, "queue") {
        add(
            found,
            "an await behind",
            lines,
            at,
            &[line, "later().await;"],
            1,
        );
    }
    let after = rest(lines, at);
    if takes(line, "registry") {
        let needed = after
            .iter()
            .any(|line| takes(line, "machine") || line.contains("self.table"));
        let before = &lines[..at];
        let start = before
            .iter()
            .rposition(|line| line.contains("fn "))
            .unwrap_or(0);
        let others = before[start..]
            .iter()
            .chain(after)
            .any(|line| takes(line, "registry"));
        if needed && !others {
            add(found, "first level not taken", lines, at, &[], 1);
        }
        if let Some(next) = lines.get(at + 1)
            && binds(next)
            && takes(next, "machine")
        {
            add(found, "levels swapped", lines, at, &[next, line], 2);
        }
    }
    if takes(line, "machine") {
        add(
            found,
            "first level taken behind",
            lines,
            at,
            &[line, "let late = lock_registry(hub);"],
            1,
        );
        add(
            found,
            "second level twice",
            lines,
            at,
            &[line, "let other = find_machine(hub, 1);"],
            1,
        );
    }
}

/// `let text = lock().text();` becomes `let held = lock(); let text = held.text();`
fn temporaries(lines: &[&str], at: usize, found: &mut Vec<Mutant>) {
    let line = lines[at];
    let Some((name, value)) = line.split_once(" = ") else {
        return;
    };
    let Some((lock, method)) = value.split_once(".unwrap().") else {
        return;
    };
    if !name.trim().starts_with("let ")
        || !takes(lock, "journal")
        || !line.ends_with(';')
        || line.contains('{')
    {
        return;
    }
    let mut after = rest(lines, at).iter();
    if !after.any(|line| is_hazard(line) || takes(line, "journal")) {
        return;
    }
    let held = format!("let held = {lock}.unwrap();");
    let used = format!("{name} = held.{method}");
    add(found, "temporary named", lines, at, &[&held, &used], 1);
    let borrowed = format!("let held = &mut *{lock}.unwrap();");
    add(
        found,
        "temporary borrowed for the block",
        lines,
        at,
        &[&borrowed, &used],
        1,
    );
}

/// A block that ends a guard is opened.
fn blocks(lines: &[&str], at: usize, found: &mut Vec<Mutant>) {
    if lines[at].trim() != "{" {
        return;
    }
    let indent = lines[at].len() - 1;
    let end = (at..lines.len())
        .find(|line| lines[*line].len() == indent + 1 && lines[*line].ends_with('}'));
    let Some(end) = end else { return };
    let inside = &lines[at + 1..end];
    add(found, "block opened", lines, at, inside, end + 1 - at);
    if let Some(next) = lines.get(end + 1)
        && next.ends_with(';')
    {
        let mut moved = lines[at..end].to_vec();
        moved.extend([next, lines[end]]);
        add(
            found,
            "block's end moved behind",
            lines,
            at,
            &moved,
            end + 2 - at,
        );
    }
}
