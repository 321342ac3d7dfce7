// SPDX-License-Identifier: GPL-3.0-or-later
//! An X server with several monitors that nobody sees: Xorg with its driver `dummy`, whose
//! sixteen outputs `DUMMY0` to `DUMMY15` can be switched, moved and made primary like real ones.
//!
//! Owns the configuration and the server's command line. The process is [`crate::Display`]'s.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::error::{Error, Result};
use crate::keeper::Keeper;
use crate::process;

/// What runs below `Xorg`, which on Debian may be a wrapper that asks for a console.
const SERVERS: [&str; 3] = ["/usr/lib/xorg/Xorg", "/usr/libexec/Xorg", "/usr/lib/Xorg"];

/// The size of a monitor, in pixels: one of the driver's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonitorSize {
    /// Across.
    pub width: u32,
    /// Down.
    pub height: u32,
}

/// The most monitors that the driver can have.
const MOST: usize = 16;

/// The command for a server that tells its number on standard output.
pub(crate) fn server(keeper: &Keeper, monitors: &[MonitorSize]) -> Result<Command> {
    if monitors.len() > MOST {
        return Err(Error::Unsupported {
            what: format!("A server with {} monitors", monitors.len()),
            why: format!("its driver has {MOST} at most"),
        });
    }
    let config = keeper.file("xorg.conf", configuration(monitors))?;
    let program = SERVERS
        .iter()
        .map(Path::new)
        .find(|path| path.is_file())
        .map_or_else(|| Path::new("Xorg").into(), Path::to_owned);
    let mut command = keeper.command(program);
    command
        .arg("-config")
        .arg(config)
        .arg("-logfile")
        .arg(keeper.path("log/xorg.log"))
        // No console, no devices: it must not touch the machine's own display.
        .args(["-sharevts", "-novtswitch", "-displayfd", "1"])
        .args(["-nolisten", "tcp", "-noreset"]);
    Ok(command)
}

fn configuration(monitors: &[MonitorSize]) -> String {
    // Room for all of them side by side, and for changes by tests.
    let width: u32 = monitors.iter().map(|it| it.width).sum();
    let height = monitors.iter().map(|it| it.height).max().unwrap_or(0);
    let first = monitors.first().map_or_else(String::new, |it| {
        format!("Modes \"{}x{}\"", it.width, it.height)
    });
    format!(
        r#"Section "ServerFlags"
    Option "AutoAddDevices" "false"
    Option "AutoEnableDevices" "false"
    Option "AutoAddGPU" "false"
    Option "AllowMouseOpenFail" "true"
    Option "DontVTSwitch" "true"
    Option "DontZap" "true"
    Option "BlankTime" "0"
    Option "StandbyTime" "0"
    Option "SuspendTime" "0"
    Option "OffTime" "0"
EndSection
Section "Device"
    Identifier "Device"
    Driver "dummy"
    VideoRam 262144
EndSection
Section "Monitor"
    Identifier "Monitor"
    HorizSync 5-1000
    VertRefresh 5-200
EndSection
Section "Screen"
    Identifier "Screen"
    Device "Device"
    Monitor "Monitor"
    DefaultDepth 24
    SubSection "Display"
        Depth 24
        Virtual {} {}
        {first}
    EndSubSection
EndSection
"#,
        width.max(1280),
        height.max(800),
    )
}

/// Switches the monitors on, from left to right, the first one primary. `xrandr` makes a command.
pub(crate) fn arrange(xrandr: impl Fn() -> Command, monitors: &[MonitorSize]) -> Result<()> {
    let mode = |size: &MonitorSize| format!("{}x{}", size.width, size.height);
    // Outputs that are off have no modes until they are given one, in a run of its own.
    for (index, size) in monitors.iter().enumerate().skip(1) {
        let output = format!("DUMMY{index}");
        process::run(xrandr().args(["--addmode", &output, &mode(size)]))?;
    }
    let mut words = String::new();
    let mut x = 0;
    for (index, size) in monitors.iter().enumerate() {
        let primary = if index == 0 { " --primary" } else { "" };
        let mode = mode(size);
        let _ = write!(
            words,
            "--output DUMMY{index} --mode {mode} --pos {x}x0{primary} "
        );
        x += size.width;
    }
    process::run(xrandr().args(words.split_whitespace()))?;
    // An output counts as connected from the next time that somebody has it probed.
    process::run(xrandr().arg("--query")).map(drop)
}
