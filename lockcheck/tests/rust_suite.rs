// SPDX-License-Identifier: GPL-3.0-or-later
//! Snippets of Rust, a bad and a good twin for each, and the good ones with mistakes made
//! in them.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lockcheck::config::Config;
use lockcheck::run::{Source, check};

mod rust_mutants;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rust")
}

fn config() -> Config {
    Config::read(&folder().join("lockcheck.toml")).unwrap()
}

/// The files of a folder, with their names.
fn snippets(of: &str) -> Vec<(String, String)> {
    let mut found: Vec<_> = fs::read_dir(folder().join(of))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    assert!(found.len() >= 4, "{of} is empty");
    found
}

/// All findings of a source, by line and rule.
fn findings(name: &str, source: &str) -> BTreeSet<(u32, &'static str)> {
    let source = Source {
        path: name.to_owned(),
        bytes: source.as_bytes().to_vec(),
    };
    let outcome = check(vec![source], &config());
    assert!(outcome.is_complete(), "{name}: {:?}", outcome.problems);
    outcome
        .findings
        .iter()
        .map(|finding| (finding.line, finding.rule.name()))
        .collect()
}

/// What the comments `//~ RULE` expect.
fn expected(source: &str) -> BTreeSet<(u32, &str)> {
    let lines = (1_u32..).zip(source.lines());
    lines
        .flat_map(|(number, line)| {
            line.split("//~ ")
                .skip(1)
                .map(move |rule| (number, rule.trim()))
        })
        .collect()
}

#[test]
fn bad_snippets_have_just_the_findings_that_they_name() {
    let mut count = 0;
    for (name, source) in snippets("bad") {
        let expected = expected(&source);
        count += expected.len();
        assert_eq!(findings(&name, &source), expected, "{name}");
    }
    println!("{count} findings, as expected");
    assert!(count > 40);
}

#[test]
fn good_snippets_have_none() {
    for (name, source) in snippets("good") {
        assert_eq!(findings(&name, &source), BTreeSet::new(), "{name}");
    }
}

#[test]
fn mistakes_made_in_good_snippets_are_caught() {
    let (mut made, mut missed) = (0, Vec::new());
    for (name, source) in snippets("good") {
        for mutant in rust_mutants::of(&source) {
            made += 1;
            if findings(&name, &mutant.source).is_empty() {
                missed.push(format!("{name}: {}", mutant.what));
            }
        }
    }
    let caught = made - missed.len();
    println!("{caught} of {made} caught");
    assert!(made >= 60, "only {made} mutants");
    assert!(
        caught * 100 >= made * 99,
        "{caught} of {made}; missed: {missed:#?}"
    );
}
