// SPDX-License-Identifier: GPL-3.0-or-later
//! Places where a test can kill or stop the process or make a step fail.
//!
//! Only in builds with debug assertions, and only if `ORIEL_FAULT` is set: `kill@NAME` ends the
//! process as `kill -9` would when it reaches the point, `stop@NAME` stops it there as `kill -STOP`
//! would until somebody continues it, `fail@NAME` makes `fails` true there.

/// Ends the process without any clean-up if `ORIEL_FAULT=kill@NAME`, or stops it for a while if
/// it is `stop@NAME`.
pub(crate) fn point(name: &str) {
    if !cfg!(debug_assertions) {
        return;
    }
    let Some(fault) = std::env::var_os("ORIEL_FAULT") else {
        return;
    };
    for (act, signal) in [("kill", "-KILL"), ("stop", "-STOP")] {
        if fault == *format!("{act}@{name}") {
            // By way of the program, since the engine has no unsafe code.
            let _ = std::process::Command::new("kill")
                .args([signal, &std::process::id().to_string()])
                .status();
        }
    }
}

/// Whether a test wants the step at this point to fail.
pub(crate) fn fails(name: &str) -> bool {
    cfg!(debug_assertions)
        && std::env::var_os("ORIEL_FAULT").is_some_and(|fault| fault == *format!("fail@{name}"))
}
