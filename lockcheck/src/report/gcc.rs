// SPDX-License-Identifier: GPL-3.0-or-later
//! A line for each finding, in the form that editors know from compilers.

use std::fmt::Write as _;

use crate::run::Outcome;

pub(super) fn write(outcome: &Outcome) -> String {
    let mut text = String::new();
    for finding in &outcome.findings {
        let held = if finding.held.is_empty() {
            String::new()
        } else {
            format!(" ({})", finding.held.join(", "))
        };
        let _ = writeln!(
            text,
            "{}:{}: warning: {}{held} in {}: {} [{}]",
            finding.file,
            finding.line,
            finding.rule.message(),
            finding.function,
            finding.text,
            finding.rule.name()
        );
    }
    text
}
