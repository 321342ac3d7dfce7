// SPDX-License-Identifier: GPL-3.0-or-later
//! What a process has in its memory: how much, and whether a passphrase is in it.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use crate::needles::Needles;

/// How much is read at once.
const PART: usize = 4 << 20;

/// How much of a part is looked at again with the next one, so that nothing is cut in two.
const OVERLAP: usize = 4096;

/// Searches the memory of a process: all that it can write to or that is no file. Gives what was found with its place, and how many
/// bytes there were.
///
/// # Panics
///
/// Where the process is gone or not ours to look into.
pub fn search(process: u32, needles: &Needles) -> (Vec<String>, u64) {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let (mut found, mut total) = (Vec::new(), 0);
    let mut buffer = vec![0; PART + OVERLAP];
    for line in maps.lines() {
        let Some((begin, end, name)) = mapping(line) else {
            continue;
        };
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

/// The ends of a mapping and what it is, from a line of `maps`; not of what is as it lies in a
/// file, programs and fonts.
fn mapping(line: &str) -> Option<(u64, u64, String)> {
    let mut words = line.split_ascii_whitespace();
    let (begin, end) = words.next()?.split_once('-')?;
    let rights = words.next()?;
    let name = words.nth(3).unwrap_or("memory without a name").to_owned();
    let own = rights.starts_with("rw") || rights.starts_with('r') && !name.starts_with('/');
    let number = |text| u64::from_str_radix(text, 16).ok();
    Some((number(begin)?, number(end)?, name)).filter(|_| own)
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
