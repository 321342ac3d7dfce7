// SPDX-License-Identifier: GPL-3.0-or-later
//! `orielctl profile check` as a program: text, JSON, languages and exit codes.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

use oriel_colour::profile::Profile;
use oriel_colour::samples::{self, Kind, Model};

fn check(what: &Path, json: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orielctl"));
    command.args(["profile", "check"]).arg(what);
    if json {
        command.arg("--json");
    }
    // No display: a name that is no file is then nothing at all.
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "LANGUAGE"] {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_profile_is_checked_as_text_and_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("sound.icc");
    std::fs::write(&sound, Profile::srgb().bytes()).unwrap();
    let output = check(&sound, false);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let out = text(&output.stdout);
    assert!(out.contains("of sRGB") && out.contains("100.0 %"), "{out}");
    let output = check(&sound, true);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["worst"], "note");
    assert_eq!(json["monitor"], serde_json::Value::Null);
    assert_eq!(json["file"], sound.display().to_string());
    assert_eq!(json["kind"], "matrix");

    // Red's X, which is the first number of its tag: the sum is no longer white.
    let mut bytes = samples::bytes(&Model::default(), Kind::Matrix);
    let profile = Profile::parse(bytes.clone()).unwrap();
    let tags = profile.tags();
    let red = tags.iter().find(|tag| tag.signature.0 == *b"rXYZ").unwrap();
    bytes[red.offset + 9] = 1;
    let faulty = folder.path().join("faulty.icc");
    std::fs::write(&faulty, bytes).unwrap();
    let output = check(&faulty, true);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["worst"], "error");
    assert_eq!(json["findings"][0]["id"], "colorant-sum");
}

#[test]
fn what_is_no_profile_is_refused_and_what_is_not_there_is_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none.icc");
    std::fs::write(&none, [0; 200]).unwrap();
    let output = check(&none, false);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("acsp"),
        "{}",
        text(&output.stderr)
    );
    for name in ["NO-SUCH-1", "/no/such/file.icc"] {
        let output = check(Path::new(name), false);
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    }
}
