// SPDX-License-Identifier: GPL-3.0-or-later
//! Our own workspace, with the configuration at its root.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

use lockcheck::config::Config;
use lockcheck::run::{Source, check};

const CRATES: [&str; 7] = [
    ".",
    "cli",
    "colour",
    "libvirt-ext",
    "lockcheck",
    "sandbox",
    "ui",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn add(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(Source {
                path: path.display().to_string(),
                bytes: fs::read(&path).unwrap(),
            });
        }
    }
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for name in CRATES {
        add(&root().join(name).join("src"), &mut found);
    }
    found
}

#[test]
fn our_own_locks_are_sound_and_are_seen() {
    let text = fs::read_to_string(root().join("lockcheck.toml")).unwrap();
    let sources = sources();
    let outcome = check(
        sources.clone(),
        &Config::parse(&text, "lockcheck.toml").unwrap(),
    );
    assert!(outcome.is_complete(), "{:?}", outcome.problems);
    assert!(outcome.findings.is_empty(), "{:#?}", outcome.findings);

    // Were every call one that blocks, each guard that something is called under would be found.
    let strict = text.replace("blocking = [", "blocking = [\"*\",");
    let outcome = check(sources, &Config::parse(&strict, "strict").unwrap());
    for file in [
        "calls.rs",
        "lease.rs",
        "event_loop.rs",
        "engine/mod.rs",
        "cache.rs",
        "kernel.rs",
    ] {
        let seen = outcome
            .findings
            .iter()
            .any(|finding| finding.file.ends_with(file));
        assert!(seen, "no guard was seen in {file}");
    }
}
