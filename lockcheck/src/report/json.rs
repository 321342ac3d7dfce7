// SPDX-License-Identifier: GPL-3.0-or-later
//! JSON for programs. The schema is in `docs/LOCKCHECK.md`.

use serde::Serialize;

use crate::run::{Outcome, Problem};

#[derive(Serialize)]
struct Report<'a> {
    findings: Vec<Finding<'a>>,
    problems: &'a [Problem],
    summary: Summary,
}

#[derive(Serialize)]
struct Finding<'a> {
    file: &'a str,
    function: &'a str,
    rule: &'static str,
    line: u32,
    text: &'a str,
    message: &'static str,
    variables: &'a [String],
}

#[derive(Serialize)]
struct Summary {
    mistakes: usize,
    exits: usize,
    functions: usize,
    files: usize,
    lines: usize,
    allowed: usize,
    known: usize,
    complete: bool,
}

pub(super) fn write(outcome: &Outcome) -> Result<String, serde_json::Error> {
    let exits = outcome
        .findings
        .iter()
        .filter(|finding| finding.rule.is_exit())
        .count();
    let report = Report {
        findings: outcome
            .findings
            .iter()
            .map(|finding| Finding {
                file: &finding.file,
                function: &finding.function,
                rule: finding.rule.name(),
                line: finding.line,
                text: &finding.text,
                message: finding.rule.message(),
                variables: &finding.held,
            })
            .collect(),
        problems: &outcome.problems,
        summary: Summary {
            mistakes: outcome.findings.len() - exits,
            exits,
            functions: outcome.functions,
            files: outcome.files,
            lines: outcome.lines,
            allowed: outcome.allowed,
            known: outcome.known,
            complete: outcome.is_complete(),
        },
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(text)
}
