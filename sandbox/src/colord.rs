// SPDX-License-Identifier: GPL-3.0-or-later
//! The real colord on a session's own bus, with an empty memory of its own.
//!
//! Owns the process. Programs find it by [`Colord::bus`] in place of the system bus.

use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::process;
use crate::session::{Session, in_environment};

/// Its name on the bus.
const NAME: &str = "org.freedesktop.ColorManager";

/// A running colord. It ends when this is dropped.
#[derive(Debug)]
pub struct Colord {
    child: Child,
}

impl Colord {
    /// Starts it and awaits that it is on the session's bus.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] where it is not installed, [`Error::Unsupported`] without root (it gets
    /// a mount namespace, so that the machine's own profiles stay as they are).
    pub fn start(session: &Session) -> Result<Self> {
        crate::needs::require(crate::Part::Colord)?;
        let program = process::find_program("colord").unwrap_or_default();
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "sh", "-c"])
            // exec all the way: the child's process is colord itself.
            .arg("mount -t tmpfs none /var/lib/colord && exec \"$0\"")
            .arg(program);
        in_environment(&mut command, &session.envs());
        command.env("DBUS_SYSTEM_BUS_ADDRESS", Self::bus(session));
        let log = session.dir().join("log/colord.out");
        process::log_to(&mut command, &log)?;
        let child = command.spawn().map_err(Error::io("start colord"))?;
        let colord = Self { child };
        process::wait_for("colord", Duration::from_secs(20), || {
            if on_bus(session) {
                Ok(())
            } else {
                Err(process::tail(&log))
            }
        })?;
        Ok(colord)
    }

    /// The address of the bus that it is on.
    pub fn bus(session: &Session) -> String {
        bus(session.dir())
    }

    /// Sends it a signal by name: `STOP` makes it hang, `CONT` go on.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] where it has ended.
    pub fn signal(&self, name: &str) -> Result<()> {
        let id = self.child.id().to_string();
        process::run(Command::new("kill").args(["-s", name, &id])).map(drop)
    }
}

impl Drop for Colord {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bus(dir: &Path) -> String {
    format!("unix:path={}", dir.join("run/bus").display())
}

fn on_bus(session: &Session) -> bool {
    let mut command = session.command("dbus-send");
    command.args([
        "--session",
        "--print-reply=literal",
        "--dest=org.freedesktop.DBus",
        "/",
        "org.freedesktop.DBus.NameHasOwner",
        &format!("string:{NAME}"),
    ]);
    process::run(&mut command).is_ok_and(|answer| answer.contains("true"))
}
