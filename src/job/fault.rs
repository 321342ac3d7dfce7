// SPDX-License-Identifier: GPL-3.0-or-later
//! Places where a test can kill the process or make a step fail.
//!
//! Only in builds with debug assertions, and only if `ORIEL_FAULT` is set: `kill@NAME` ends the
//! process as `kill -9` would when it reaches the point, `fail@NAME` makes [`fails`] true there.

/// Ends the process without any clean-up if `ORIEL_FAULT=kill@NAME`.
pub(crate) fn point(name: &str) {
    if cfg!(debug_assertions)
        && std::env::var_os("ORIEL_FAULT").is_some_and(|fault| fault == *format!("kill@{name}"))
    {
        // Real: SIGKILL by way of the shell's own kill, since the engine has no unsafe code.
        let _ = std::process::Command::new("kill")
            .args(["-9", &std::process::id().to_string()])
            .status();
    }
}

/// Whether a test wants the step at this point to fail.
pub(crate) fn fails(name: &str) -> bool {
    cfg!(debug_assertions)
        && std::env::var_os("ORIEL_FAULT").is_some_and(|fault| fault == *format!("fail@{name}"))
}
