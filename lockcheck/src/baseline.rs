// SPDX-License-Identifier: GPL-3.0-or-later
//! A file of findings that are known already, so that an old tree can start clean.
//!
//! A finding is known by its file, function, rule and text, not by its line: what moves stays
//! known, what is written anew is not.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::run::{Finding, Outcome};

/// Why a baseline can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file can't be read or written.
    #[error("the baseline {path} can't be {what}: {why}")]
    File {
        /// The file.
        path: String,
        /// Read or written.
        what: &'static str,
        /// What the system said.
        why: std::io::Error,
    },
    /// It is something else.
    #[error("{path} is no baseline of lockcheck: {why}; `--write-baseline` makes a new one")]
    Form {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Known {
    file: String,
    function: String,
    rule: String,
    text: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Baseline {
    version: u32,
    known: Vec<(Known, usize)>,
}

fn key(finding: &Finding) -> Known {
    Known {
        file: finding.file.clone(),
        function: finding.function.clone(),
        rule: finding.rule.name().to_owned(),
        text: finding.text.clone(),
    }
}

/// Writes all findings to a file.
///
/// # Errors
///
/// [`Error::File`] where the file can't be written.
pub fn write(path: &Path, outcome: &Outcome) -> Result<(), Error> {
    let mut known: BTreeMap<Known, usize> = BTreeMap::new();
    for finding in &outcome.findings {
        *known.entry(key(finding)).or_default() += 1;
    }
    let baseline = Baseline {
        version: 1,
        known: known.into_iter().collect(),
    };
    let shown = path.display().to_string();
    let text = serde_json::to_string_pretty(&baseline).map_err(|why| Error::Form {
        path: shown.clone(),
        why: why.to_string(),
    })?;
    std::fs::write(path, text + "\n").map_err(|why| Error::File {
        path: shown,
        what: "written",
        why,
    })
}

/// Takes the findings that a file knows out of a result.
///
/// # Errors
///
/// [`Error`] where the file can't be read, or is none of ours.
pub fn apply(path: &Path, outcome: &mut Outcome) -> Result<(), Error> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|why| Error::File {
        path: shown.clone(),
        what: "read",
        why,
    })?;
    let form = |why: String| Error::Form {
        path: shown.clone(),
        why,
    };
    let baseline: Baseline = serde_json::from_str(&text).map_err(|why| form(why.to_string()))?;
    if baseline.version != 1 {
        return Err(form(format!(
            "it has version {}, and this program knows 1",
            baseline.version
        )));
    }
    let mut known: BTreeMap<Known, usize> = baseline.known.into_iter().collect();
    outcome
        .findings
        .retain(|finding| match known.get_mut(&key(finding)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                outcome.known += 1;
                false
            }
            _ => true,
        });
    Ok(())
}
