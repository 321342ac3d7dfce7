// SPDX-License-Identifier: GPL-3.0-or-later
//! What the sandbox's tests share.
#![allow(dead_code, unused_macros, unused_imports, clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::Command;

/// Where the answers of QEMU probes are kept between tests: below cargo's own folder.
pub fn probes() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("probes")
}

/// The control groups of a guest, anywhere in the machine's tree.
pub fn groups_of(name: &str) -> Vec<String> {
    let output = Command::new("find")
        .args([
            "/sys/fs/cgroup",
            "-type",
            "d",
            "-name",
            &format!("*-{name}*"),
        ])
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Ends a test that takes root, and says so.
macro_rules! root_only {
    () => {
        if !oriel_sandbox::is_root() {
            println!("SKIP: it takes root to make namespaces");
            // CI is root; a skip there would hide a broken part.
            assert!(std::env::var_os("ORIEL_STRICT").is_none_or(|v| v != "1"));
            return;
        }
    };
}
pub(crate) use root_only;
