// SPDX-License-Identifier: GPL-3.0-or-later
//! Running `orielctl` in a private session, never longer than a deadline, and what came of it.
//!
//! Owns the child process. Where it runs (session, daemon) is [`crate::world`]'s.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a command may take unless a test says otherwise.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a program printed and how it ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its words, for messages.
    pub what: String,
    /// The exit code; minus the signal's number where one ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// How long it ran.
    pub took: Duration,
}

impl Outcome {
    /// Fails the test unless the program ended with this code.
    ///
    /// # Panics
    ///
    /// With all that the program said.
    #[track_caller]
    pub fn expect(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "the exit code of {self:#?}");
        self
    }

    /// Fails the test unless standard error holds these words.
    ///
    /// # Panics
    ///
    /// With all that the program said.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.err.contains(words), "no {words:?} in {self:#?}");
        self
    }

    /// Fails the test unless the program took less than this.
    ///
    /// # Panics
    ///
    /// With all that the program said.
    #[track_caller]
    pub fn within(&self, seconds: u64) -> &Self {
        assert!(
            self.took < Duration::from_secs(seconds),
            "more than {seconds} s: {self:#?}"
        );
        self
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    ///
    /// Where it is none.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        match serde_json::from_str(&self.out) {
            Ok(value) => value,
            Err(error) => panic!("no JSON ({error}): {self:#?}"),
        }
    }
}

/// A program that runs; it is killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    what: String,
    child: Child,
    since: Instant,
    out: Gathered,
    err: Gathered,
}

/// One of a program's outputs, as it comes.
#[derive(Debug)]
struct Gathered {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Gathered {
    fn new(mut source: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let copy = bytes.clone();
        let reader = std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(count @ 1..) = source.read(&mut part) {
                copy.lock().unwrap().extend_from_slice(&part[..count]);
            }
        });
        Self {
            bytes,
            reader: Some(reader),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    fn join(&mut self) {
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

impl Running {
    /// Starts a command with text for its standard input, or with none at all.
    ///
    /// # Panics
    ///
    /// Where it can't be started.
    #[track_caller]
    pub fn start(command: &mut Command, input: Option<&[u8]>) -> Self {
        let words: Vec<_> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let mut child = command
            .stdin(if input.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if let (Some(bytes), Some(mut stdin)) = (input, child.stdin.take()) {
            // One that ends without reading says more by its exit code.
            let _ = stdin.write_all(bytes);
        }
        Self {
            what: words.join(" "),
            since: Instant::now(),
            out: Gathered::new(child.stdout.take().unwrap()),
            err: Gathered::new(child.stderr.take().unwrap()),
            child,
        }
    }

    /// Standard output so far.
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// Standard error so far.
    pub fn err(&self) -> String {
        self.err.text()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends it a signal by name: `INT`, `KILL`, `STOP`.
    ///
    /// # Panics
    ///
    /// Where `kill` can't be run.
    pub fn signal(&self, name: &str) {
        let done = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(done.unwrap().success(), "no signal to {}", self.what);
    }

    /// Awaits words on standard output or standard error.
    ///
    /// # Panics
    ///
    /// Where they do not come, with all that it said.
    #[track_caller]
    pub fn await_words(&mut self, words: &str, seconds: u64) {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        loop {
            let said = self.out() + &self.err();
            if said.contains(words) {
                return;
            }
            assert!(
                Instant::now() < deadline && self.alive(),
                "{} never said {words:?}, but: {said}",
                self.what
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Awaits its end.
    ///
    /// # Panics
    ///
    /// Where it does not end in a minute: nothing may hang.
    #[track_caller]
    pub fn end(self) -> Outcome {
        self.end_within(PATIENCE)
    }

    /// Awaits its end, with a deadline.
    ///
    /// # Panics
    ///
    /// Where it does not end in time.
    #[track_caller]
    pub fn end_within(mut self, patience: Duration) -> Outcome {
        let deadline = Instant::now() + patience;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                Instant::now() < deadline,
                "{} hangs; it said: {}{}",
                self.what,
                self.out(),
                self.err()
            );
            std::thread::sleep(Duration::from_millis(5));
        };
        let took = self.since.elapsed();
        self.out.join();
        self.err.join();
        Outcome {
            what: self.what.clone(),
            code: code(status),
            out: self.out(),
            err: self.err(),
            took,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status
        .code()
        .unwrap_or_else(|| -status.signal().unwrap_or_default())
}
