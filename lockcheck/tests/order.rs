// SPDX-License-Identifier: GPL-3.0-or-later
//! The report is the same, byte for byte, for any order of the files and any number of jobs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::process::Command;

use common::{as_expected, check_text, config, folder, snippets_in};
use lockcheck::run::{Source, check};

/// Runs the binary in the folder of snippets; returns its status and what it printed.
fn report(format: Option<&str>, jobs: &str, files: &[String]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockcheck"));
    command.current_dir(folder()).args(["--jobs", jobs]);
    if let Some(format) = format {
        command.args(["--format", format]);
    }
    let output = command.args(files).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The same files in other orders, made from a simple generator of numbers.
fn orders(files: &[String]) -> Vec<Vec<String>> {
    let mut orders = vec![files.to_vec(), files.iter().rev().cloned().collect()];
    let mut state = 42_u64;
    for _ in 0..2 {
        let mut shuffled = files.to_vec();
        for at in (1..shuffled.len()).rev() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        orders.push(shuffled);
    }
    orders
}

fn names() -> Vec<String> {
    snippets_in(&folder())
        .into_iter()
        .map(|snippet| snippet.name)
        .collect()
}

#[test]
fn the_report_is_the_same_in_any_order_and_with_any_number_of_jobs() {
    let files = names();
    for format in [None, Some("json"), Some("sarif"), Some("gcc")] {
        let first = report(format, "1", &files);
        assert!([1, 2].contains(&first.0), "{first:?}");
        assert!(
            first.1.contains("umlBootMachine"),
            "{format:?}: {}",
            first.1
        );
        for order in orders(&files) {
            for jobs in ["1", "2", "8"] {
                let other = report(format, jobs, &order);
                assert!(
                    first == other,
                    "{format:?}, {jobs} jobs, {order:?}\n{}\n{}",
                    first.1,
                    other.1
                );
            }
        }
    }
}

#[test]
fn a_file_named_twice_is_checked_once() {
    let name = "use_argument.bad.c".to_owned();
    let once = report(Some("json"), "2", std::slice::from_ref(&name));
    let twice = report(Some("json"), "2", &[name.clone(), name]);
    assert_eq!(once, twice);
}

#[test]
fn files_do_not_change_each_other() {
    let config = config(true);
    let snippets = snippets_in(&folder());
    let mut alone = Vec::new();
    let mut sources = Vec::new();
    for snippet in &snippets {
        alone.extend(check_text(&snippet.name, snippet.text.as_bytes(), &config).findings);
        sources.push(Source {
            path: snippet.name.clone(),
            bytes: snippet.text.clone().into_bytes(),
        });
    }
    let mut together: Vec<_> = check(sources.clone(), &config)
        .findings
        .iter()
        .map(as_expected)
        .collect();
    let mut alone: Vec<_> = alone.iter().map(as_expected).collect();
    together.sort();
    alone.sort();
    assert_eq!(together, alone);
}

#[test]
fn the_library_reports_in_one_order_too() {
    let config = config(false);
    let mut sources = Vec::new();
    for snippet in snippets_in(&folder()) {
        sources.push(Source {
            path: snippet.name,
            bytes: snippet.text.into_bytes(),
        });
    }
    let first = check(sources.clone(), &config);
    sources.reverse();
    let second = check(sources.clone(), &config);
    assert_eq!(
        format!("{:?}", first.findings),
        format!("{:?}", second.findings)
    );
    assert_eq!(
        format!("{:?}", first.problems),
        format!("{:?}", second.problems)
    );
}

#[test]
fn so_it_is_for_rust() {
    let snippets = folder().with_file_name("rust");
    let report = |format: &str, jobs: &str, files: &[String]| {
        let output = Command::new(env!("CARGO_BIN_EXE_lockcheck"))
            .current_dir(&snippets)
            .args([
                "--config",
                "lockcheck.toml",
                "--jobs",
                jobs,
                "--format",
                format,
            ])
            .args(files)
            .output()
            .unwrap();
        (output.status.code(), output.stdout, output.stderr)
    };
    let files: Vec<String> = ["bad", "good"]
        .into_iter()
        .flat_map(|twin| {
            let inside = std::fs::read_dir(snippets.join(twin)).unwrap();
            inside.map(move |file| format!("{twin}/{}", file.unwrap().file_name().display()))
        })
        .collect();
    for format in ["text", "json", "sarif", "gcc"] {
        let first = report(format, "1", &files);
        assert_eq!(first.0, Some(1));
        for order in orders(&files) {
            for jobs in ["1", "2", "8"] {
                assert!(
                    first == report(format, jobs, &order),
                    "{format}, {jobs} jobs, {order:?}"
                );
            }
        }
    }
}
