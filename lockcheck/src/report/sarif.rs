// SPDX-License-Identifier: GPL-3.0-or-later
//! SARIF 2.1.0 (OASIS standard), as code scanning services read it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::rule::Rule;
use crate::run::{Outcome, Severity};

pub(super) fn write(outcome: &Outcome) -> Result<String, serde_json::Error> {
    let rules: Vec<Value> = Rule::ALL
        .iter()
        .map(|rule| {
            json!({
                "id": rule.name(),
                "shortDescription": { "text": rule.message() },
                "fullDescription": { "text": rule.explanation() },
            })
        })
        .collect();
    let results: Vec<Value> = outcome
        .findings
        .iter()
        .map(|finding| {
            let index = Rule::ALL.iter().position(|rule| *rule == finding.rule);
            json!({
                "ruleId": finding.rule.name(),
                "ruleIndex": index,
                "level": "warning",
                "message": { "text": format!("{} in {}: {}", finding.rule.message(), finding.function, finding.text) },
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": uri(&finding.file) },
                        "region": { "startLine": finding.line },
                    },
                    "logicalLocations": [{ "name": finding.function, "kind": "function" }],
                }],
            })
        })
        .collect();
    let notifications: Vec<Value> = outcome
        .problems
        .iter()
        .map(|problem| {
            let level = if problem.severity == Severity::Error {
                "error"
            } else {
                "warning"
            };
            let mut notification =
                json!({ "level": level, "message": { "text": problem.message } });
            if let Some(file) = &problem.file {
                notification["locations"] = json!([{
                    "physicalLocation": {
                        "artifactLocation": { "uri": uri(file) },
                        "region": { "startLine": problem.line.unwrap_or(1) },
                    },
                }]);
            }
            notification
        })
        .collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "lockcheck",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": results,
            "invocations": [{
                "executionSuccessful": outcome.is_complete(),
                "toolExecutionNotifications": notifications,
            }],
        }],
    });
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

/// A path as a relative or file URI: what is no plain letter is escaped.
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') {
        "file://".to_owned()
    } else {
        String::new()
    };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
