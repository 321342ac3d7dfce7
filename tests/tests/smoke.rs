// SPDX-License-Identifier: GPL-3.0-or-later
//! The program is there and answers.

use std::process::Command;

#[test]
fn orielctl_tells_its_version() {
    let output = Command::new(oriel_tests::orielctl())
        .arg("--version")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains(env!("CARGO_PKG_VERSION")), "{text}");
}
