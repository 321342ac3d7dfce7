// SPDX-License-Identifier: GPL-3.0-or-later
//! LUKS images that open quickly, made by `qemu-img` for tests.
//!
//! It owns the one way that a test makes such an image: QEMU 7.2 (Debian 12's own) fails often on
//! a loaded or virtual machine because it can't time its key derivation, and writes nothing then.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use oriel_sandbox::{Result, process};

/// How often an image is tried.
const TRIES: u32 = 20;

/// Makes a qcow2 image with LUKS inside. The passphrase goes by a pipe.
///
/// # Panics
///
/// With what qemu-img said.
pub fn make_image(image: &Path, size: &str, passphrase: &str) {
    make(image, size, Some(passphrase), None);
}

/// Makes a qcow2 image, with LUKS inside if there is a passphrase, and on a base, which is not
/// opened, if there is one.
///
/// # Panics
///
/// With what qemu-img said.
pub fn make(image: &Path, size: &str, passphrase: Option<&str>, base: Option<&Path>) {
    let mut command = Command::new("qemu-img");
    command.args(["create", "-q", "-f", "qcow2"]);
    if passphrase.is_some() {
        command
            .args(["--object", "secret,id=key,file=/dev/stdin"])
            .args(["-o", "encrypt.format=luks,encrypt.key-secret=key"])
            .args(["-o", "encrypt.iter-time=10"]);
    }
    if let Some(base) = base {
        command.args(["-u", "-F", "qcow2", "-b"]).arg(base);
    }
    command.arg(image).arg(size);
    let input = passphrase.unwrap_or_default().as_bytes();
    timed(|| process::run_with_input(&mut command, input)).unwrap();
}

/// Does what makes a LUKS image until it is not the timing that fails.
fn timed<T>(mut act: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 1..TRIES {
        match act() {
            Err(error) if is_untimed(&error.to_string()) => {
                std::thread::sleep(Duration::from_millis(50));
            }
            done => return done,
        }
    }
    act()
}

fn is_untimed(message: &str) -> bool {
    message.contains("Unable to get accurate CPU usage")
}

#[cfg(test)]
mod tests {
    use oriel_sandbox::Error;

    use super::*;

    fn failed(words: &str) -> Error {
        Error::Failed {
            what: "qemu-img create".into(),
            output: words.into(),
        }
    }

    #[test]
    fn only_the_timing_is_tried_again() {
        const TIMING: &str = "qemu-img: web.qcow2: Unable to get accurate CPU usage";
        let mut tries = 0;
        let done = timed(|| {
            tries += 1;
            if tries < 4 {
                Err(failed(TIMING))
            } else {
                Ok(())
            }
        });
        assert!(done.is_ok());
        assert_eq!(tries, 4);

        let mut tries = 0;
        let full = timed(|| -> Result<()> {
            tries += 1;
            Err(failed("qemu-img: web.qcow2: No space left on device"))
        });
        assert!(full.is_err());
        assert_eq!(tries, 1);
    }
}
