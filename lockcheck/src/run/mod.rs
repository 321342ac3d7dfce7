// SPDX-License-Identifier: GPL-3.0-or-later
//! All files, side by side, to one result that does not depend on their order.

mod c;
mod lines;
mod rust;
mod suppress;

use serde::Serialize;

use crate::config::{Config, Language};
use crate::rule::Rule;

pub use lines::Lines;

/// A file to check.
#[derive(Clone, Debug)]
pub struct Source {
    /// As the report names it.
    pub path: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, or the one that a preprocessed file was made of.
    pub file: String,
    /// The line where the statement begins, from 1.
    pub line: u32,
    /// Where the step begins, for the order of findings of one line.
    pub at: usize,
    /// The function.
    pub function: String,
    /// The rule.
    pub rule: Rule,
    /// The step, in one line.
    pub text: String,
    /// The locks that it is about, with their types.
    pub held: Vec<String>,
}

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something was not checked that should have been.
    Error,
    /// Something may have been overlooked.
    Warning,
}

/// What kept the checker from its work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file, where it is about one.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// How much it matters.
    pub severity: Severity,
    /// What is the matter.
    pub message: String,
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What is wrong, in order of file and line.
    pub findings: Vec<Finding>,
    /// What could not be checked.
    pub problems: Vec<Problem>,
    /// How many functions were checked.
    pub functions: usize,
    /// How many files were read.
    pub files: usize,
    /// How many lines they have.
    pub lines: usize,
    /// How many findings a comment allows.
    pub allowed: usize,
    /// How many findings the baseline knows.
    pub known: usize,
}

impl Outcome {
    /// Adds what came of a part of the files.
    fn add(&mut self, part: Self) {
        self.findings.extend(part.findings);
        self.problems.extend(part.problems);
        self.functions += part.functions;
        self.allowed += part.allowed;
    }

    /// Whether all that should be checked was.
    pub fn is_complete(&self) -> bool {
        self.problems
            .iter()
            .all(|problem| problem.severity != Severity::Error)
    }

    /// 0 for clean, 1 for findings, 2 if something could not be checked.
    pub fn exit_status(&self) -> u8 {
        match (self.is_complete(), self.findings.is_empty()) {
            (false, _) => 2,
            (true, false) => 1,
            (true, true) => 0,
        }
    }
}

/// Something that is told how far a run is: files done, and all.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Checks files, on as many threads as the pool that it is called in has.
pub fn check(sources: Vec<Source>, config: &Config) -> Outcome {
    check_with(sources, config, &|_, _| {})
}

/// Like [`check`], and tells how far it is.
pub fn check_with(mut sources: Vec<Source>, config: &Config, progress: Progress<'_>) -> Outcome {
    sources.sort_by(|a, b| (&a.path, &a.bytes).cmp(&(&b.path, &b.bytes)));
    sources.dedup_by(|a, b| a.path == b.path && a.bytes == b.bytes);
    let files = sources.len();
    let lines = sources
        .iter()
        .map(|source| memchr::memchr_iter(b'\n', &source.bytes).count())
        .sum();
    let mut outcome = match config.language {
        Language::C => c::check(sources, config, progress),
        Language::Rust => rust::check(sources, config, progress),
    };
    outcome.files = files;
    outcome.lines = lines;
    if outcome.functions == 0 && outcome.is_complete() {
        let message = match config.language {
            Language::C => {
                "no public method was found: no table of the configuration's types is in these files"
            }
            Language::Rust => "no function was found in these files",
        };
        outcome.problems.push(Problem {
            file: None,
            line: None,
            severity: Severity::Error,
            message: message.to_owned(),
        });
    }
    outcome.findings.sort();
    outcome.findings.dedup();
    outcome.problems.sort();
    outcome.problems.dedup();
    outcome
}

/// As long as a step's text may be in a report, in characters.
const LONGEST: usize = 400;

/// A step's text in one line.
fn one_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(8 * LONGEST)]).into_owned();
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(cut);
        line.push('\u{2026}');
    }
    line
}
