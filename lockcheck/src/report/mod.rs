// SPDX-License-Identifier: GPL-3.0-or-later
//! Forms of the report.

mod background;
mod gcc;
mod json;
mod sarif;

use std::fmt::Write as _;

use crate::run::{Outcome, Problem, Severity};

/// Which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// As the tool of 2009 wrote it: a block for each function.
    Text,
    /// An object with `findings`, `problems` and `summary`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// A line for each finding, as compilers write them, for editors.
    Gcc,
}

/// Writes the whole report.
///
/// # Errors
///
/// What `serde_json` says, which is nothing as long as memory lasts.
pub fn write(outcome: &Outcome, format: Format) -> Result<String, serde_json::Error> {
    match format {
        Format::Text => Ok(background::write(outcome)),
        Format::Json => json::write(outcome),
        Format::Sarif => sarif::write(outcome),
        Format::Gcc => Ok(gcc::write(outcome)),
    }
}

/// What could not be checked, a line each.
pub fn problems(problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        let place = match (&problem.file, problem.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: "),
            (Some(file), None) => format!("{file}: "),
            _ => "lockcheck: ".to_owned(),
        };
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let _ = writeln!(text, "{place}{severity}: {}", problem.message);
    }
    text
}

/// The sentence at the end.
pub fn summary(outcome: &Outcome) -> String {
    let exits = outcome
        .findings
        .iter()
        .filter(|finding| finding.rule.is_exit())
        .count();
    let mistakes = outcome.findings.len() - exits;
    let mut functions: Vec<_> = outcome
        .findings
        .iter()
        .map(|finding| (&finding.file, &finding.function))
        .collect();
    functions.sort();
    functions.dedup();
    let count = |number: usize, one: &str, many: &str| {
        format!("{number} {}", if number == 1 { one } else { many })
    };
    let mut text = format!(
        "{} and {} with locked variables in {}; checked {} in {} ({})",
        count(mistakes, "mistake", "mistakes"),
        count(exits, "exit", "exits"),
        count(functions.len(), "function", "functions"),
        count(outcome.functions, "function", "functions"),
        count(outcome.files, "file", "files"),
        count(outcome.lines, "line", "lines"),
    );
    if outcome.allowed > 0 {
        let _ = write!(text, "; {} allowed by comments", outcome.allowed);
    }
    if outcome.known > 0 {
        let _ = write!(text, "; {} known from the baseline", outcome.known);
    }
    if !outcome.is_complete() {
        text.push_str("; not all could be checked");
    }
    text
}
