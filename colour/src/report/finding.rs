// SPDX-License-Identifier: GPL-3.0-or-later
//! What was found, with values for the places of its texts.

use serde::{Serialize, Serializer};

use super::Rule;

/// How bad something is. The worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Good to know.
    Note,
    /// Colours may be wrong.
    Warning,
    /// Colours are wrong.
    Error,
}

impl Verdict {
    /// The word for it in JSON and on command lines.
    pub fn key(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is, with the templates of its texts.
    pub rule: &'static Rule,
    /// The values for the places in both templates.
    pub values: Vec<(&'static str, String)>,
}

impl Finding {
    /// What was found and why it matters, in English.
    pub fn reason(&self) -> String {
        fill(self.rule.reason, &self.values)
    }

    /// What to do about it, in English.
    pub fn advice(&self) -> String {
        fill(self.rule.advice, &self.values)
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Plain<'a> {
            id: &'a str,
            verdict: Verdict,
            reason: String,
            advice: String,
            values: std::collections::BTreeMap<&'a str, &'a str>,
        }
        Plain {
            id: self.rule.id,
            verdict: self.rule.verdict,
            reason: self.reason(),
            advice: self.advice(),
            values: self
                .values
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect(),
        }
        .serialize(serializer)
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn add(&mut self, rule: &'static Rule, values: &[(&'static str, String)]) {
        self.0.push(Finding {
            rule,
            values: values.to_vec(),
        });
    }

    /// The worst first, otherwise as they came.
    pub(super) fn sorted(mut self) -> Vec<Finding> {
        self.0
            .sort_by_key(|finding| std::cmp::Reverse(finding.rule.verdict));
        self.0
    }
}

/// A template with its places filled.
fn fill(template: &str, values: &[(&'static str, String)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let place = from.find('}').and_then(|close| {
            let name = &from[1..close];
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, close + 1))
        });
        if let Some((value, length)) = place {
            filled.push_str(value);
            rest = &from[length..];
        } else {
            filled.push('{');
            rest = &from[1..];
        }
    }
    filled + rest
}
