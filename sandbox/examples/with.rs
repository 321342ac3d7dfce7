// SPDX-License-Identifier: GPL-3.0-or-later
//! Runs a command in a private session with a private libvirt, for trying things by hand:
//!
//!     cargo run -p oriel-sandbox --example with -- bash
//!
//! With `ORIEL_DESKTOP=1` there is a display with a window manager as well, for windows.
//! `ORIEL_MONITORS=2` gives the display that many monitors of 1280x800 side by side, on an X server
//! that xrandr can change (`DUMMY0`, `DUMMY1` and so on).
//! `ORIEL_DEFAULT_URI` names the connection there. As root it is a system daemon, else a session's.

use std::path::PathBuf;
use std::process::ExitCode;

use oriel_sandbox::{
    Keyring, MonitorSize, Session, SessionDaemon, SessionOptions, SystemDaemon, SystemOptions,
    is_root,
};

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let Some(program) = words.next() else {
        return Err("which command?".into());
    };
    let desktop = std::env::var_os("ORIEL_DESKTOP").is_some_and(|value| value == "1");
    let monitors = std::env::var("ORIEL_MONITORS").unwrap_or_default();
    let size = MonitorSize {
        width: 1280,
        height: 800,
    };
    let session = Session::start(&SessionOptions {
        keyring: Keyring::Unlocked("a test's password".into()),
        display: desktop,
        desktop,
        monitors: vec![size; monitors.parse().unwrap_or(0)],
    })?;
    let probes = std::env::var_os("ORIEL_PROBES").map(PathBuf::from);
    let mut command = session.command(program);
    command.args(words);
    let status = if is_root() && std::env::var_os("ORIEL_USER_SESSION").is_none() {
        let daemon = SystemDaemon::start(&SystemOptions {
            debug_log: true,
            probes,
            ..SystemOptions::default()
        })?;
        command.env("ORIEL_DEFAULT_URI", daemon.uri()).status()?
    } else {
        let daemon = SessionDaemon::start(&session, true, probes)?;
        command.env("ORIEL_DEFAULT_URI", daemon.uri()).status()?
    };
    Ok(ExitCode::from(
        u8::try_from(status.code().unwrap_or(1)).unwrap_or(1),
    ))
}
