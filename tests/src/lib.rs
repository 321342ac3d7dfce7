// SPDX-License-Identifier: GPL-3.0-or-later
//! What the tests of the whole share: finding the programs under test, and skips that are
//! told and counted.
//!
//! Owns no private parts; those are `oriel_sandbox`'s.

pub mod census;
pub mod compositor;
pub mod desktop;
pub mod host;
pub mod keys;
pub mod luks;
pub mod memory;
pub mod needles;
pub mod played;
pub mod run;
pub mod screen;
pub mod serial;
pub mod setter;
pub mod world;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The tests that may be skipped under `ORIEL_STRICT=1`.
const ALLOWED: &str = include_str!("../allowed-skips.txt");

/// The path of the `orielctl` that was built beside this test.
///
/// # Panics
///
/// Where it isn't built: cargo does not know that a test of another package needs it.
pub fn orielctl() -> PathBuf {
    let path = profile_folder().join("orielctl");
    assert!(
        path.is_file(),
        "{} is not built; run `cargo build --workspace` first, as `make test` does",
        path.display()
    );
    path
}

/// The folder of the cargo profile that this test was built in: `target/debug` or a kin.
///
/// # Panics
///
/// Where this test's own path is unknown to the system.
pub fn profile_folder() -> PathBuf {
    let exe = std::env::current_exe().unwrap_or_default();
    let parent = exe.parent();
    // A test lies in PROFILE/deps, a program in PROFILE.
    let folder = if parent.is_some_and(|parent| parent.ends_with("deps")) {
        parent.and_then(Path::parent)
    } else {
        parent
    }
    .map(Path::to_owned);
    assert!(
        folder.is_some(),
        "the path of this test's own program is unknown"
    );
    folder.unwrap_or_default()
}

/// A folder for what tests keep from run to run (answers of QEMU probes), below cargo's
/// target folder.
pub fn kept(name: &str) -> PathBuf {
    profile_folder()
        .parent()
        .unwrap_or(Path::new("."))
        .join("oriel-kept")
        .join(name)
}

/// A folder for what a failed test leaves to be looked at; it is made.
pub fn output(name: &str) -> PathBuf {
    let folder = profile_folder()
        .parent()
        .unwrap_or(Path::new("."))
        .join("oriel-output")
        .join(name);
    // Where it can't be made, writing to it says so.
    let _ = fs::create_dir_all(&folder);
    folder
}

/// Writes an image of a CD with nothing on it: its first volume descriptor stands in sector 16.
///
/// # Panics
///
/// Where it can't be written.
pub fn write_disc(path: &Path) {
    let mut image = vec![0; 20 * 2048];
    image[16 * 2048 + 1..][..5].copy_from_slice(b"CD001");
    let written = fs::write(path, image);
    assert!(written.is_ok(), "{}: {written:?}", path.display());
}

/// Writes a file for libvirt's test driver with so many running guests, and gives its URI.
///
/// # Panics
///
/// Where it can't be written.
pub fn test_driver_file(folder: &Path, count: usize) -> String {
    let mut text = String::from(
        "<node><cpu><mhz>2000</mhz><model>x86_64</model><active>8</active></cpu>\
         <memory>999999999</memory>\n",
    );
    for number in 0..count {
        let _ = writeln!(
            text,
            "<domain type='test'><name>vm{number:05}</name>\
             <uuid>00000000-0000-4000-8000-{number:012}</uuid>\
             <memory unit='KiB'>{}</memory><vcpu>{}</vcpu><os><type>hvm</type></os>\
             <devices><disk type='file' device='disk'><source file='/g/{number}.img'/>\
             <target dev='vda' bus='virtio'/></disk></devices></domain>",
            262_144 + number,
            1 + number % 4,
        );
    }
    text.push_str("</node>\n");
    let path = folder.join(format!("node-{count}.xml"));
    let written = fs::write(&path, text);
    assert!(written.is_ok(), "{}: {written:?}", path.display());
    format!("test://{}", path.display())
}

/// Ends a test that this machine can't run: `skip!("it takes root")` prints
/// `SKIP name: reason` and returns. Under `ORIEL_STRICT=1` a skip that is not in
/// `tests/allowed-skips.txt` fails.
#[macro_export]
macro_rules! skip {
    ($($reason:tt)+) => {{
        $crate::skipped(&$crate::test_name(), &format!($($reason)+));
        return;
    }};
}

/// The name of the running test: its thread's, which the test harness sets.
pub fn test_name() -> String {
    std::thread::current().name().unwrap_or("?").to_owned()
}

/// Tells of a skip, for [`skip!`].
///
/// # Panics
///
/// Under `ORIEL_STRICT=1`, where the skip is not allowed: so that the test fails.
pub fn skipped(name: &str, reason: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "SKIP {name}: {reason}");
    let strict = std::env::var_os("ORIEL_STRICT").is_some_and(|v| v == "1");
    assert!(
        !strict || allowed(ALLOWED, name),
        "{name} was skipped ({reason}), and tests/allowed-skips.txt does not allow it"
    );
}

fn allowed(list: &str, name: &str) -> bool {
    list.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .any(|line| line.split_once(':').map_or(line, |(test, _)| test).trim() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_skips_are_allowed() {
        let list = "# a: comment\nsome_test: no such device\n\nbare\n";
        assert!(allowed(list, "some_test") && allowed(list, "bare"));
        assert!(!allowed(list, "other") && !allowed(list, "a") && !allowed(list, ""));
    }

    #[test]
    fn a_test_knows_its_name_and_its_folder() {
        assert!(
            test_name().ends_with("a_test_knows_its_name_and_its_folder"),
            "{}",
            test_name()
        );
        assert!(profile_folder().join("deps").is_dir());
    }
}
