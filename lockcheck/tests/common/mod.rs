// SPDX-License-Identifier: GPL-3.0-or-later
//! The snippets of C, and what their comments say of them.

#![allow(dead_code, reason = "each test binary takes what it needs")]

use std::path::{Path, PathBuf};

use lockcheck::config::Config;
use lockcheck::rule::Rule;
use lockcheck::run::{Finding, Outcome, Source, check};

/// A file of `tests/c`.
#[derive(Clone, Debug)]
pub struct Snippet {
    /// Its file's name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// What a comment says of a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    pub file: String,
    pub line: u32,
    pub rule: String,
    /// The variables that are still held, where the comment names them.
    pub held: Vec<String>,
}

/// The folder of snippets.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c")
}

/// The snippets of a folder, by name.
pub fn snippets_in(folder: &Path) -> Vec<Snippet> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(Snippet { name, path, text });
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!found.is_empty(), "no snippets in {}", folder.display());
    found
}

/// All twins of one kind, `bad` or `good`.
pub fn twins(kind: &str) -> Vec<Snippet> {
    let part = format!(".{kind}.");
    let mut all = snippets_in(&folder());
    all.retain(|snippet| snippet.name.contains(&part));
    all
}

/// The built-in configuration with all rules.
pub fn config(conditions: bool) -> Config {
    let mut config = Config::libvirt_2009().unwrap();
    config.switch(&["all".to_owned()], true).unwrap();
    config.conditions = conditions;
    config
}

/// Checks one text.
pub fn check_text(name: &str, text: &[u8], config: &Config) -> Outcome {
    let source = Source {
        path: name.to_owned(),
        bytes: text.to_vec(),
    };
    check(vec![source], config)
}

/// What the comments of a kind (`expect`, `conditions`, `false`) say, in order.
pub fn expectations(name: &str, text: &str, kinds: &[&str]) -> Vec<Expected> {
    let mut file = name.to_owned();
    let mut line = 0;
    let mut all = Vec::new();
    for text in text.lines() {
        line += 1;
        if let Some((number, rest)) = marker(text) {
            line = number - 1;
            rest.clone_into(&mut file);
            continue;
        }
        for kind in kinds {
            let Some((_, rest)) = text.split_once(&format!("/* {kind}: ")) else {
                continue;
            };
            let (rules, _) = rest.split_once(" */").unwrap();
            for rule in rules.split(", ") {
                let (rule, held) = rule.split_once('(').unwrap_or((rule, ""));
                let held = held.strip_suffix(')').unwrap_or(held);
                assert!(
                    Rule::by_name(rule).is_some(),
                    "{name}: there is no rule {rule}"
                );
                all.push(Expected {
                    file: file.clone(),
                    line,
                    rule: rule.to_owned(),
                    held: held.split_whitespace().map(str::to_owned).collect(),
                });
            }
        }
    }
    all.sort();
    all
}

/// The number and the file of a line marker.
fn marker(line: &str) -> Option<(u32, &str)> {
    let (number, rest) = line.strip_prefix("# ")?.split_once(' ')?;
    Some((number.parse().ok()?, rest.split('"').nth(1)?))
}

/// A finding in the form of a comment, with the variables that `like` names.
pub fn as_expected(finding: &Finding) -> Expected {
    let name = |held: &String| held.rsplit([' ', '*']).next().unwrap_or(held).to_owned();
    let mut held: Vec<_> = finding.held.iter().map(name).collect();
    held.sort();
    Expected {
        file: finding.file.clone(),
        line: finding.line,
        rule: finding.rule.name().to_owned(),
        held,
    }
}

/// Says what differs between what is expected and what was found, a line each.
pub fn differences(expected: &[Expected], findings: &[Finding]) -> Vec<String> {
    let mut found: Vec<_> = findings.iter().map(as_expected).collect();
    found.sort();
    let mut wrong = Vec::new();
    for wanted in expected {
        let same = |one: &Expected| {
            one.file == wanted.file
                && one.line == wanted.line
                && one.rule == wanted.rule
                && (wanted.held.is_empty() || one.held == wanted.held)
        };
        match found.iter().position(same) {
            Some(at) => {
                found.remove(at);
            }
            None => wrong.push(format!("missing: {wanted:?}")),
        }
    }
    wrong.extend(
        found
            .iter()
            .map(|finding| format!("not expected: {finding:?}")),
    );
    wrong
}
