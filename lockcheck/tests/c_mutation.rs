// SPDX-License-Identifier: GPL-3.0-or-later
//! Each lock, unlock and fetch of the good twins is deleted, doubled and moved, one at a time:
//! the mistake that this makes must be found.
//!
//! The snippets are our own and evenly indented, so that lines and indentation tell what a
//! statement and what a block is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "the counts are what the test is for")]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use common::{check_text, config, twins};
use lockcheck::config::{Config, Role};
use lockcheck::ir::Level;

/// What a call does to a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Lock,
    Unlock,
    Fetch,
}

/// A call that is mutated.
#[derive(Debug)]
struct Call {
    /// The line that it stands on.
    line: usize,
    kind: Kind,
    level: Level,
    /// What is locked, unlocked or given a value, as it is written.
    variable: String,
    /// The bytes of the call in its line, with `variable =` for a fetch.
    range: std::ops::Range<usize>,
    /// Whether the line has nothing else.
    alone: bool,
}

/// The lines of a snippet, and which of them count.
struct Text<'a> {
    lines: Vec<&'a str>,
    active: Vec<bool>,
    config: &'a Config,
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Where a word, or an expression, occurs by itself.
fn occurrences(text: &str, what: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let alone = |at: &usize| {
        let before = at.checked_sub(1).map_or(b' ', |at| bytes[at]);
        let after = bytes.get(at + what.len()).copied().unwrap_or(b' ');
        !is_word(before) && before != b'>' && before != b'.' && !is_word(after)
    };
    text.match_indices(what)
        .map(|(at, _)| at)
        .filter(alone)
        .collect()
}

impl<'a> Text<'a> {
    fn new(text: &'a str, config: &'a Config) -> Self {
        let lines: Vec<_> = text.lines().collect();
        let mut open: Vec<bool> = Vec::new();
        let mut active = Vec::new();
        for line in &lines {
            match line.split_whitespace().next() {
                Some("#if" | "#ifdef") => open.push(!line.ends_with(" 0")),
                Some("#else") => {
                    let last = open.last_mut().unwrap();
                    *last = !*last;
                }
                Some("#endif") => {
                    open.pop();
                }
                _ => {}
            }
            active
                .push(open.iter().all(|open| *open) && !line.starts_with('#') && indent(line) > 0);
        }
        Self {
            lines,
            active,
            config,
        }
    }

    fn role(&self, word: &str) -> Option<(Kind, Level)> {
        let (kind, index) = match *self.config.roles.get(word)? {
            Role::Lock(index) => (Kind::Lock, index),
            Role::Unlock(index) => (Kind::Unlock, index),
            Role::Fetch(index) => (Kind::Fetch, index),
            _ => return None,
        };
        Some((kind, self.config.kinds[index].level))
    }

    fn calls(&self) -> Vec<Call> {
        let active = (0..self.lines.len()).filter(|line| self.active[*line]);
        active.flat_map(|line| self.calls_in(line)).collect()
    }

    fn calls_in(&self, line: usize) -> Vec<Call> {
        let text = self.lines[line];
        let mut calls = Vec::new();
        for (open, _) in text.match_indices('(') {
            let start =
                text[..open].rfind(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let start = start.map_or(0, |at| at + 1);
            let Some((kind, level)) = self.role(&text[start..open]) else {
                continue;
            };
            let end = open + closing(&text[open..]) + 1;
            let mut variable = text[open + 1..end - 1].to_owned();
            let mut from = start;
            if kind == Kind::Fetch {
                let before = text[..start].strip_suffix(" = ").unwrap();
                from = before.rfind([' ', '(']).map_or(0, |at| at + 1);
                before[from..].clone_into(&mut variable);
            }
            let alone = from == indent(text) && &text[end..] == ";";
            calls.push(Call {
                line,
                kind,
                level,
                variable,
                range: from..end,
                alone,
            });
        }
        calls
    }

    /// The statement that begins on a line, as its lines.
    fn statement(&self, start: usize) -> std::ops::Range<usize> {
        let depth = indent(self.lines[start]);
        let goes_on = |line: &&&str| {
            let trimmed = line.trim_start();
            !trimmed.is_empty()
                && (indent(line) > depth
                    || (indent(line) == depth && trimmed.starts_with(['}', ')'])))
        };
        let more = self.lines[start + 1..].iter().take_while(goes_on).count();
        start..start + 1 + more
    }

    /// The statement to move for a call: with its `if (...)` where it is all that stands there.
    fn to_move(&self, call: &Call) -> Option<std::ops::Range<usize>> {
        let text = self.lines[call.line].trim_start();
        if !call.alone {
            return text.starts_with("if (").then(|| self.statement(call.line));
        }
        let before = self.lines[call.line - 1];
        let start = if before.trim_start().starts_with("if (") && before.ends_with(')') {
            call.line - 1
        } else {
            call.line
        };
        Some(self.statement(start))
    }

    /// The statements of the same block that follow, or that come before, nearest first.
    fn neighbours(
        &self,
        from: &std::ops::Range<usize>,
        forward: bool,
    ) -> Vec<std::ops::Range<usize>> {
        let depth = indent(self.lines[from.start]);
        let mut found = Vec::new();
        let mut line = if forward {
            from.end
        } else {
            from.start.wrapping_sub(1)
        };
        while let Some(text) = self.lines.get(line) {
            let trimmed = text.trim_start();
            let label =
                indent(text) == 0 && trimmed.ends_with(':') && !trimmed.starts_with("default");
            if !(trimmed.is_empty() || label) {
                if text.starts_with('#') || indent(text) < depth {
                    break;
                }
                if indent(text) == depth && !trimmed.starts_with(['}', ')']) {
                    found.push(self.statement(line));
                }
            }
            line = if forward {
                line + 1
            } else {
                line.wrapping_sub(1)
            };
        }
        found
    }

    /// Whether a statement needs what the call does (or is too late, for a fetch).
    fn needs(&self, statement: &std::ops::Range<usize>, call: &Call) -> bool {
        let mut text = self.lines[statement.clone()].join("\n");
        let mut second_level = false;
        for line in statement.clone() {
            for other in self.calls_in(line) {
                second_level |= other.level == Level::Object && other.kind != Kind::Unlock;
                let itself = &self.lines[line][other.range.clone()];
                let too_late = call.kind == Kind::Fetch
                    && other.kind == Kind::Unlock
                    && other.level == Level::Driver;
                if too_late && other.alone && statement.len() == 1 {
                    return true;
                }
                if other.kind != Kind::Fetch {
                    text = text.replace(itself, "");
                }
            }
        }
        if call.level == Level::Driver && second_level {
            return true;
        }
        let used = |at: usize| {
            let after = &text[at + call.variable.len()..];
            let before = &text[..at];
            let argument = before.ends_with(", ")
                || before
                    .strip_suffix('(')
                    .is_some_and(|head| head.ends_with(|letter: char| letter.is_alphanumeric()));
            after.starts_with("->") || argument || before.ends_with("(&")
        };
        occurrences(&text, &call.variable).into_iter().any(used)
    }
}

/// Where the parenthesis closes that a text begins with.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn with_line(text: &Text, line: usize, new: &str) -> String {
    let mut lines = text.lines.clone();
    lines[line] = new;
    lines.join("\n") + "\n"
}

fn deleted(text: &Text, call: &Call) -> String {
    let line = text.lines[call.line];
    let instead = match (call.alone, call.kind) {
        (true, _) => "",
        (false, Kind::Fetch) => call.variable.as_str(),
        (false, _) => "0",
    };
    let new = [&line[..call.range.start], instead, &line[call.range.end..]].concat();
    with_line(text, call.line, &new)
}

fn doubled(text: &Text, call: &Call) -> String {
    let line = text.lines[call.line];
    let itself = &line[call.range.clone()];
    let (open, between, close) = if call.alone {
        ("{ ", "; ", "; }")
    } else {
        ("(", ", ", ")")
    };
    let rest = if call.alone {
        ""
    } else {
        &line[call.range.end..]
    };
    let new = [
        &line[..call.range.start],
        open,
        itself,
        between,
        itself,
        close,
        rest,
    ]
    .concat();
    with_line(text, call.line, &new)
}

fn moved(text: &Text, call: &Call) -> Option<String> {
    let block = text.to_move(call)?;
    let forward = call.kind != Kind::Unlock;
    let target = text
        .neighbours(&block, forward)
        .into_iter()
        .find(|other| text.needs(other, call))?;
    let mut lines = text.lines.clone();
    let taken: Vec<_> = lines.drain(block.clone()).collect();
    let at = if forward {
        target.end - block.len()
    } else {
        target.start
    };
    lines.splice(at..at, taken);
    Some(lines.join("\n") + "\n")
}

#[derive(Debug)]
struct Mutant {
    what: (Kind, &'static str),
    place: String,
    text: String,
}

fn mutants(config: &Config) -> Vec<Mutant> {
    let mut all = Vec::new();
    for snippet in twins("good") {
        // One of its functions is no C, and can't be checked whatever it does.
        if snippet.name.starts_with("syntax_error") {
            continue;
        }
        let text = Text::new(&snippet.text, config);
        for call in text.calls() {
            let place = format!("{}:{}", snippet.name, call.line + 1);
            let mut add = |how, text| {
                all.push(Mutant {
                    what: (call.kind, how),
                    place: place.clone(),
                    text,
                });
            };
            add("deleted", deleted(&text, &call));
            add("doubled", doubled(&text, &call));
            if let Some(text) = moved(&text, &call) {
                add("moved", text);
            }
        }
    }
    all
}

/// At least this many of a hundred must be found.
const ENOUGH: usize = 99;

#[test]
fn mutants_of_the_good_twins_are_found() {
    let mut config = config(true);
    config
        .switch(&["entry-calls-entry".to_owned()], false)
        .unwrap();
    let mut counts: BTreeMap<_, (usize, usize)> = BTreeMap::new();
    let mut survivors = String::new();
    for mutant in mutants(&config) {
        let outcome = check_text("mutant.c", mutant.text.as_bytes(), &config);
        let count = counts.entry(mutant.what).or_default();
        count.1 += 1;
        if outcome.findings.is_empty() {
            let _ = writeln!(survivors, "survived: {:?} of {}", mutant.what, mutant.place);
        } else {
            count.0 += 1;
        }
    }
    let caught: usize = counts.values().map(|count| count.0).sum();
    let all: usize = counts.values().map(|count| count.1).sum();
    for ((kind, how), (caught, all)) in &counts {
        println!("{kind:?} {how}: {caught} of {all}");
    }
    println!("{caught} of {all} mutants are found\n{survivors}");
    assert!(all >= 300, "only {all} mutants were made");
    assert_eq!(counts.len(), 9, "each of three calls in three ways");
    assert!(
        caught * 100 >= all * ENOUGH,
        "{caught} of {all}\n{survivors}"
    );
}
