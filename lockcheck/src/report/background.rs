// SPDX-License-Identifier: GPL-3.0-or-later
//! The form of the report of May 2009: a block for each function, exits first.

use std::fmt::Write as _;

use crate::run::{Finding, Outcome};

const THICK: &str = "================================================================";
const THIN: &str = "----------------------------------------------------------------";

pub(super) fn write(outcome: &Outcome) -> String {
    let mut text = String::new();
    let mut findings: Vec<&Finding> = outcome.findings.iter().collect();
    // A function's place is that of its first finding.
    findings.sort_by(|a, b| {
        (&a.file, &a.function, a.line, a.at).cmp(&(&b.file, &b.function, b.line, b.at))
    });
    let mut blocks: Vec<&[&Finding]> = findings
        .chunk_by(|a, b| a.file == b.file && a.function == b.function)
        .collect();
    blocks.sort_by_key(|block| {
        block
            .first()
            .map(|first| (&first.file, first.line, first.at))
    });
    for block in blocks {
        function(block, &mut text);
    }
    text
}

fn function(findings: &[&Finding], text: &mut String) {
    let Some(first) = findings.first() else {
        return;
    };
    let (exits, mistakes): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| finding.rule.is_exit());
    let _ = writeln!(text, "{THICK}\nFunction: {}\n{THIN}", first.function);
    let _ = writeln!(
        text,
        "  - Total exit points with locked vars: {}",
        exits.len()
    );
    for exit in exits {
        let _ = writeln!(
            text,
            "  - At exit on #line {} \"{}\"\n{}\n^^^^^^^^^",
            exit.line, exit.file, exit.text
        );
        let _ = writeln!(text, "    variables still locked are");
        for variable in &exit.held {
            let _ = writeln!(text, "      | {variable}");
        }
    }
    let _ = writeln!(
        text,
        "  - Total blocks with lock ordering mistakes: {}",
        mistakes.len()
    );
    for mistake in mistakes {
        let _ = writeln!(
            text,
            "  - {} on #line {} \"{}\"\n{}",
            mistake.rule.message(),
            mistake.line,
            mistake.file,
            mistake.text
        );
    }
    let _ = writeln!(text, "{THICK}\n\n");
}
