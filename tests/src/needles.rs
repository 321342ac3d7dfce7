// SPDX-License-Identifier: GPL-3.0-or-later
//! The forms in which a passphrase could stand in the clear, and the search for them in files
//! and in running processes.
//!
//! Owns the watching threads. A finding names the form and the place, never the passphrase.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often processes are looked at.
const PERIOD: Duration = Duration::from_millis(25);

/// One form of a passphrase.
struct Needle {
    what: String,
    bytes: Vec<u8>,
}

/// What is searched for.
#[derive(Default)]
pub struct Needles {
    list: Vec<Needle>,
}

impl std::fmt::Debug for Needles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.list.iter().map(|n| &n.what))
            .finish()
    }
}

impl Needles {
    /// Adds a passphrase, as it is, in hexadecimal, and in base64 at each of its three
    /// alignments (the same bytes look different after 0, 1 or 2 others).
    ///
    /// # Panics
    ///
    /// Where it is too short to be told from chance.
    pub fn add(&mut self, label: &str, passphrase: &str) {
        let bytes = passphrase.as_bytes();
        assert!(bytes.len() >= 12, "{label} would be found by chance");
        let mut push = |form: &str, bytes: Vec<u8>| {
            self.list.push(Needle {
                what: format!("{label} {form}"),
                bytes,
            });
        };
        push("as it is", bytes.to_vec());
        push("in hexadecimal", hex(bytes).into_bytes());
        push("in capital hexadecimal", hex(bytes).to_uppercase().into());
        let wide: Vec<u8> = passphrase
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        push("in UTF-16", wide);
        let wider = passphrase.chars().map(u32::from);
        push("in UTF-32", wider.flat_map(u32::to_le_bytes).collect());
        for before in 0..3 {
            let text = base64_part(bytes, before);
            let safe = text.replace('+', "-").replace('/', "_");
            if safe != text {
                push(&format!("in URL base64 after {before}"), safe.into());
            }
            push(&format!("in base64 after {before}"), text.into());
        }
    }

    /// Adds the two halves of a passphrase: of a copy that was partly written over, or made
    /// while it was typed.
    ///
    /// # Panics
    ///
    /// Where they are too short to be told from chance.
    pub fn add_halves(&mut self, label: &str, passphrase: &str) {
        let (first, second) = passphrase.split_at(passphrase.len() / 2);
        for (which, half) in [("first", first), ("second", second)] {
            assert!(half.len() >= 12, "{label} would be found by chance");
            self.list.push(Needle {
                what: format!("{label}, {which} half"),
                bytes: half.as_bytes().to_vec(),
            });
        }
    }

    /// The forms that stand in some bytes.
    pub fn found_in(&self, bytes: &[u8]) -> Vec<&str> {
        self.list
            .iter()
            .filter(|needle| contains(bytes, &needle.bytes))
            .map(|needle| needle.what.as_str())
            .collect()
    }

    /// The places in some bytes where a form stands. Quick enough for all memory of a process.
    pub fn places_in(&self, bytes: &[u8]) -> Vec<(&str, usize)> {
        // Wherever a form stands, one of its first four groups of four bytes lies at a multiple of
        // four: only those are looked at, and a table rules out nearly all of them.
        let mut groups: HashMap<u32, Vec<(&Needle, usize)>> = HashMap::new();
        let mut table = vec![false; 1 << 16];
        for needle in &self.list {
            for skipped in 0..4 {
                let group = group(&needle.bytes[skipped..]);
                groups.entry(group).or_default().push((needle, skipped));
                table[fold(group)] = true;
            }
        }
        let mut list = Vec::new();
        let (whole, _) = bytes.as_chunks::<4>();
        for (number, four) in whole.iter().enumerate() {
            let group = u32::from_le_bytes(*four);
            if !table[fold(group)] {
                continue;
            }
            for (needle, skipped) in groups.get(&group).into_iter().flatten() {
                let Some(place) = (number * 4).checked_sub(*skipped) else {
                    continue;
                };
                if bytes[place..].starts_with(&needle.bytes) {
                    list.push((needle.what.as_str(), place));
                }
            }
        }
        list
    }

    /// Searches every file below some folders; gives what was found and how many files there
    /// were.
    pub fn search(&self, folders: &[PathBuf]) -> (Vec<String>, usize) {
        let mut found = Vec::new();
        let files = files_below(folders);
        for file in &files {
            // One may go while we look; sockets and pipes are not among them.
            if let Ok(bytes) = fs::read(file) {
                for what in self.found_in(&bytes) {
                    found.push(format!("{what}: {}", file.display()));
                }
            }
        }
        (found, files.len())
    }
}

/// Every plain file below some folders.
fn files_below(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut rest = folders.to_vec();
    while let Some(folder) = rest.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => rest.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files
}

/// The first four of some bytes as a number.
fn group(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// A place in a table of 65,536.
fn fold(group: u32) -> usize {
    ((group ^ group >> 16) & 0xffff) as usize
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    // The first byte alone rules out nearly every place.
    let Some((first, _)) = needle.split_first() else {
        return false;
    };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(needle) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What of the base64 of `before` unknown bytes and these depends on these alone.
fn base64_part(bytes: &[u8], before: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let padded = [&vec![0; before][..], bytes].concat();
    let bit = |index: usize| padded[index / 8] >> (7 - index % 8) & 1;
    // A character is six bits; those with bits of what stands before or after are left out.
    let (first, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
    (first..end)
        .map(|character| {
            let value = (0..6).fold(0, |value, place| value << 1 | bit(character * 6 + place));
            char::from(ALPHABET[usize::from(value)])
        })
        .collect()
}

/// Watches the words and the environment of every process on the machine while it lives, and
/// the files of one folder that come and go.
#[derive(Debug)]
pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Seen>,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// The distinct words and environments of processes.
    pub processes: HashSet<Vec<u8>>,
    /// The newest content of each file that was in the folder.
    pub files: HashMap<PathBuf, Vec<u8>>,
}

impl Watch {
    /// Begins; `folder` may come later or never.
    pub fn start(folder: &Path) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (ended, folder) = (stop.clone(), folder.to_owned());
        let thread = std::thread::spawn(move || {
            let mut seen = Seen::default();
            while !ended.load(Ordering::Relaxed) {
                seen.look(&folder);
                std::thread::sleep(PERIOD);
            }
            seen
        });
        Self { stop, thread }
    }

    /// Ends it, and gives what it saw.
    ///
    /// # Panics
    ///
    /// Where the watching panicked.
    pub fn end(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

impl Seen {
    fn look(&mut self, folder: &Path) {
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let name = entry.file_name();
            if !name.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
                continue;
            }
            for file in ["cmdline", "environ"] {
                let Ok(bytes) = fs::read(entry.path().join(file)) else {
                    continue;
                };
                if !bytes.is_empty() && !self.processes.contains(&bytes) {
                    self.processes.insert(bytes);
                }
            }
        }
        for file in files_below(&[folder.to_owned()]) {
            if let Ok(bytes) = fs::read(&file)
                && !bytes.is_empty()
            {
                self.files.insert(file, bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found_wherever_it_stands() {
        let mut needles = Needles::default();
        needles.add("it", "correct-horse-battery");
        for text in [
            "x correct-horse-battery y",
            "636f72726563742d686f7273652d62617474657279",
            "636F72726563742D686F7273652D62617474657279",
            // By base64(1): of itself, of "a" and itself, of "ab", itself and "c".
            "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5",
            "YWNvcnJlY3QtaG9yc2UtYmF0dGVyeQ==",
            "YWJjb3JyZWN0LWhvcnNlLWJhdHRlcnlj",
        ] {
            assert_eq!(needles.found_in(text.as_bytes()).len(), 1, "{text}");
        }
        assert!(needles.found_in(b"correct-horse-batterx").is_empty());
        for before in 0..9 {
            let text = [&vec![b'c'; before][..], b"correct-horse-battery"].concat();
            assert_eq!(needles.places_in(&text), [("it as it is", before)]);
        }
        assert!(needles.places_in(b"correct-horse-batterx").is_empty());
    }
}
