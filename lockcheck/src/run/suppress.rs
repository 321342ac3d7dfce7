// SPDX-License-Identifier: GPL-3.0-or-later
//! Comments that allow a finding: `lockcheck: allow(RULE, ...) REASON`, on the statement's
//! first line, or on lines of its own right before it.

use std::ops::Range;

use super::{Lines, Problem, Severity};
use crate::rule::Rule;

/// A comment that allows rules on a line.
#[derive(Debug)]
pub(super) struct Allowance {
    rules: Vec<Rule>,
    /// The lines of the file (from 0) that it is for.
    lines: Range<usize>,
    at: usize,
    used: bool,
}

/// All of a file.
#[derive(Debug, Default)]
pub(super) struct Allowances(Vec<Allowance>);

impl Allowances {
    /// Reads the comments of a file; what is wrong with them is a problem. In `source` they may
    /// be blanked.
    pub(super) fn read(
        source: &[u8],
        comments: impl Iterator<Item = (Range<usize>, String)>,
        lines: &Lines,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut found = Vec::new();
        for (range, text) in comments {
            match parse(&text) {
                None => {}
                Some(Ok(rules)) => {
                    let first = lines.index(range.start);
                    let alone = source[..range.start]
                        .iter()
                        .rev()
                        .take_while(|byte| **byte != b'\n')
                        .all(u8::is_ascii_whitespace);
                    let last = lines.index(range.end.saturating_sub(1).max(range.start));
                    // A comment of its own speaks of the next line that is not another one.
                    let end = if alone {
                        next_code(source, range.end, lines)
                    } else {
                        last
                    };
                    found.push(Allowance {
                        rules,
                        lines: first..end + 1,
                        at: range.start,
                        used: false,
                    });
                }
                Some(Err(why)) => problems.push(problem(lines, range.start, why)),
            }
        }
        Self(found)
    }

    /// Whether a finding on a line (of the file itself, from 0) is allowed.
    pub(super) fn allows(&mut self, rule: Rule, line: usize) -> bool {
        let mut allowed = false;
        for allowance in &mut self.0 {
            if allowance.lines.contains(&line) && allowance.rules.contains(&rule) {
                allowance.used = true;
                allowed = true;
            }
        }
        allowed
    }

    /// Comments that allow nothing: they hide what comes next.
    pub(super) fn unused(&self, lines: &Lines, problems: &mut Vec<Problem>) {
        for allowance in self.0.iter().filter(|allowance| !allowance.used) {
            let why = "nothing is wrong here: this comment is not needed".to_owned();
            problems.push(problem(lines, allowance.at, why));
        }
    }
}

fn problem(lines: &Lines, at: usize, message: String) -> Problem {
    let (file, line) = lines.place(at);
    Problem {
        file: Some(file.to_owned()),
        line: Some(line),
        severity: Severity::Warning,
        message,
    }
}

/// The line of the next byte that is neither blank nor in a comment.
fn next_code(source: &[u8], from: usize, lines: &Lines) -> usize {
    let mut at = from;
    while at < source.len() {
        let rest = &source[at..];
        if rest.starts_with(b"//") {
            at += rest
                .iter()
                .position(|byte| *byte == b'\n')
                .unwrap_or(rest.len());
        } else if rest.starts_with(b"/*") {
            at += rest[2..]
                .windows(2)
                .position(|pair| pair == b"*/")
                .map_or(rest.len(), |length| length + 4);
        } else if rest[0].is_ascii_whitespace() {
            at += 1;
        } else {
            break;
        }
    }
    lines.index(at)
}

/// The rules that a comment allows; nothing if it does not speak to the checker after all.
fn parse(comment: &str) -> Option<Result<Vec<Rule>, String>> {
    let (before, rest) = comment.split_once("lockcheck:")?;
    if before.chars().any(char::is_alphanumeric) {
        return None;
    }
    let rest = rest.trim_start();
    let form = "it is written \u{201c}lockcheck: allow(RULE) REASON\u{201d}";
    let Some(rest) = rest.strip_prefix("allow(") else {
        return Some(Err(format!("this comment is not understood: {form}")));
    };
    let Some((rules, reason)) = rest.split_once(')') else {
        return Some(Err(format!(
            "this comment has no closing parenthesis: {form}"
        )));
    };
    let mut found = Vec::new();
    for name in rules.split(',').map(str::trim) {
        match Rule::by_name(name) {
            Some(rule) => found.push(rule),
            None => return Some(Err(crate::config::unknown_rule(name))),
        }
    }
    let reason = reason.trim_end_matches("*/").trim();
    if !reason.chars().any(char::is_alphanumeric) {
        return Some(Err(format!(
            "this comment gives no reason, so it allows nothing: {form}"
        )));
    }
    Some(Ok(found))
}
