// SPDX-License-Identifier: GPL-3.0-or-later
//! A guest's serial line on a pseudo-terminal, read by the test from the moment it is opened.
//!
//! Owns the reading thread, which ends with the guest. What is said before anybody reads is
//! QEMU's to keep or to drop: open it right after the start.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oriel_sandbox::process;

/// `O_NOCTTY` of Linux on all machines with KVM: the line must not become our own terminal.
const O_NOCTTY: i32 = 0o400;

/// A serial line.
#[derive(Debug)]
pub struct Serial {
    line: File,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Serial {
    /// Opens the terminal and begins to read.
    ///
    /// # Panics
    ///
    /// Where it can't be opened.
    #[track_caller]
    pub fn open(path: &Path) -> Self {
        let line = File::options()
            .read(true)
            .write(true)
            .custom_flags(O_NOCTTY)
            .open(path)
            .unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, copy) = (line.try_clone().unwrap(), said.clone());
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut part) {
                copy.lock().unwrap().extend_from_slice(&part[..count]);
            }
        });
        Self { line, said }
    }

    /// All that it has said.
    ///
    /// # Panics
    ///
    /// Where the reading thread panicked.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().unwrap()).into_owned()
    }

    /// Sends a line to the guest.
    ///
    /// # Panics
    ///
    /// Where the guest is gone.
    #[track_caller]
    pub fn send(&mut self, words: &str) {
        writeln!(self.line, "{words}").unwrap();
    }

    /// Awaits words.
    ///
    /// # Panics
    ///
    /// Where they do not come, with all that it said.
    #[track_caller]
    pub fn await_words(&self, words: &str, patience: Duration) -> String {
        process::wait_for(&format!("{words:?} on the serial line"), patience, || {
            let said = self.said();
            if said.contains(words) {
                Ok(said)
            } else {
                Err(said)
            }
        })
        .unwrap()
    }
}
