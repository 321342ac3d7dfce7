// SPDX-License-Identifier: GPL-3.0-or-later
//! What a process has in its memory: how much, and whether a passphrase is in it.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use crate::desktop::App;
use crate::needles::Needles;

/// How often a text is looked for that was shown.
const LOOKS: usize = 8;

/// How much is read at once.
const PART: usize = 4 << 20;

/// How often the window is read again meanwhile, so that what D-Bus freed is used again.
const OVER: usize = 6;

/// How much of a part is looked at again with the next one, so that nothing is cut in two.
const OVERLAP: usize = 4096;

/// Fails if a passphrase is found once the program has had a moment to drop it.
///
/// # Panics
///
/// With what was found, and where.
#[track_caller]
pub fn assert_clean(process: u32, needles: &Needles, when: &str) {
    std::thread::sleep(Duration::from_millis(500));
    let (found, total) = search(process, needles);
    assert!(
        found.is_empty(),
        "{when}, in {} MiB: {found:#?}",
        total >> 20
    );
}

/// The same for a text that was shown, which is looked for more than once: it was told to whoever
/// reads the screen as well (the tests do), and D-Bus frees such messages in a thread of its own,
/// which nothing overwrites until that memory is used again. `again` shows as much as was shown
/// then, without the text: a list of the whole window is as long again, and lies where that did.
///
/// # Panics
///
/// With what was found each time, and where.
#[track_caller]
pub fn assert_clean_of_shown(
    app: &App,
    process: u32,
    needles: &Needles,
    when: &str,
    again: impl Fn(),
) {
    for _ in 1..LOOKS {
        std::thread::sleep(Duration::from_millis(500));
        if search(process, needles).0.is_empty() {
            return;
        }
        again();
        // Both ways to read a window: a list of everything, and each part by itself.
        let tree = app.tree();
        for _ in 0..OVER {
            app.look(&tree.reference);
        }
    }
    assert_clean(process, needles, when);
}

/// Searches the memory of a process: all that it can read. Gives what was found with its place, and
/// how many bytes there were.
///
/// Of what is mapped from a file and can't be written to, only those mappings are read of which
/// some page is the process's own, or which are shared: the loader writes to such parts of a
/// library before it closes them. All others are, byte for byte, what stands in the file, by the
/// kernel's own account; and files are searched by the tests of what is left on disk.
///
/// # Panics
///
/// Where the process is gone or not ours to look into.
pub fn search(process: u32, needles: &Needles) -> (Vec<String>, u64) {
    let maps = std::fs::read_to_string(format!("/proc/{process}/smaps")).unwrap();
    let memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let (mut found, mut total) = (Vec::new(), 0);
    let mut buffer = vec![0; PART + OVERLAP];
    for Mapping { begin, end, name } in mappings(&maps) {
        let (mut at, mut kept) = (begin, 0);
        while at < end {
            let wanted = usize::try_from(end - at).unwrap_or(PART).min(PART);
            let Ok(count @ 1..) = memory.read_at(&mut buffer[kept..kept + wanted], at) else {
                // The kernel's own pages can't be read, and a page of a file that was cut.
                break;
            };
            let filled = kept + count;
            for (what, place) in needles.places_in(&buffer[..filled]) {
                // What lies in the overlap was told before.
                let place = at - kept as u64 + place as u64;
                let told = format!("{what} at {place:x} in {name}");
                if !found.contains(&told) {
                    found.push(told);
                }
            }
            at += count as u64;
            total += count as u64;
            kept = OVERLAP.min(filled);
            buffer.copy_within(filled - kept..filled, 0);
        }
    }
    (found, total)
}

/// A part of a process's memory that is searched.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mapping {
    begin: u64,
    end: u64,
    name: String,
}

/// The mappings that may hold something else than their file does, from the text of `smaps`: a
/// line for each, and lines `Name: value kB` below it.
fn mappings(smaps: &str) -> Vec<Mapping> {
    let mut list = Vec::new();
    let mut candidate = None;
    for line in smaps.lines() {
        if let Some((mapping, is_searched)) = mapping(line) {
            candidate = (!is_searched).then(|| mapping.clone());
            list.extend(is_searched.then_some(mapping));
        } else if let Some(size) = line.strip_prefix("Anonymous:")
            && !size.trim().starts_with("0 ")
        {
            list.extend(candidate.take());
        }
    }
    list
}

/// A mapping that can be read, from its line; and whether it is searched whatever it holds.
fn mapping(line: &str) -> Option<(Mapping, bool)> {
    let mut words = line.split_ascii_whitespace();
    let (begin, end) = words.next()?.split_once('-')?;
    let rights = words.next()?;
    let name = words.nth(3).unwrap_or("memory without a name").to_owned();
    let number = |text| u64::from_str_radix(text, 16).ok();
    let (begin, end) = (number(begin)?, number(end)?);
    let shared = rights.ends_with('s');
    let is_searched = rights.starts_with("rw") || shared || !name.starts_with('/');
    let found = Mapping { begin, end, name };
    rights.starts_with('r').then_some((found, is_searched))
}

/// The most memory that this process has had so far (`VmHWM`), in KiB.
///
/// # Panics
///
/// Where the kernel does not say.
pub fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.unwrap().parse().unwrap()
}

/// The memory that is this process's share of what is resident, in KiB.
///
/// # Panics
///
/// Where the process is gone.
pub fn proportional_kib(process: u32) -> u64 {
    rolled_up(process, "Pss:")
}

/// The memory that the process has written to, in KiB: what grows where something leaks. The share
/// in libraries is left out, since it changes when any other program ends.
///
/// # Panics
///
/// Where the process is gone.
pub fn anonymous_kib(process: u32) -> u64 {
    rolled_up(process, "Anonymous:") + rolled_up(process, "Swap:")
}

fn rolled_up(process: u32, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim().strip_suffix("kB"));
    number.and_then(|text| text.trim().parse().ok()).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_stands_in_a_file_is_not_read() {
        let smaps = "\
10-20 r--p 00000000 08:01 1 /lib/plain.so
Size:                  4 kB
Anonymous:             0 kB
20-30 r--p 00000000 08:01 1 /lib/relocated.so
Size:                  4 kB
Anonymous:             4 kB
30-40 rw-p 00000000 08:01 1 /lib/plain.so
Anonymous:             0 kB
40-50 r--s 00000000 00:05 1 /memfd:shared (deleted)
Anonymous:             0 kB
50-60 r--p 00000000 00:00 0
Anonymous:             0 kB
60-70 ---p 00000000 00:00 0
Anonymous:             8 kB
";
        let begins: Vec<_> = mappings(smaps).iter().map(|one| one.begin).collect();
        assert_eq!(begins, [0x20, 0x30, 0x40, 0x50]);
    }

    #[test]
    fn what_is_in_our_own_memory_is_found() {
        let words = format!("a passphrase of {}", std::process::id());
        let mut needles = Needles::default();
        needles.add("ours", &words);
        let (found, total) = search(std::process::id(), &needles);
        assert!(
            found.iter().any(|line| line.starts_with("ours as it is")),
            "{found:?}"
        );
        assert!(total > 1 << 20, "{total} bytes");
        assert!(proportional_kib(std::process::id()) > 1000);
        assert!(anonymous_kib(std::process::id()) > 100);
    }
}
