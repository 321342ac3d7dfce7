// SPDX-License-Identifier: GPL-3.0-or-later
//! A private `qemu:///session`: an unprivileged libvirtd in the folders of a
//! [`Session`].
//!
//! libvirtd takes whoever has user id 0 for the system's daemon. So root runs it in a user
//! namespace that shows it another id: to the kernel it is still root (it may read root's
//! files, and root may connect), but it has no privileges and believes itself a user.
//!
//! Owns the daemon; its guests and folders are the session's and go with it.

use std::path::PathBuf;
use std::process::{Child, Stdio};

use super::{await_ready, common_config, probes_in, probes_out, virsh};
use crate::Session;
use crate::error::{Error, Result};
use crate::process;

/// A running private session daemon. It must not outlive its session; when that ends, the
/// session's keeper ends the guests as well.
#[derive(Debug)]
pub struct SessionDaemon {
    dir: PathBuf,
    envs: Vec<(String, String)>,
    probes: Option<PathBuf>,
    child: Option<Child>,
}

impl SessionDaemon {
    /// Starts one in the session's folders and awaits that it answers. `probes` is the
    /// folder for kept answers of QEMU probes.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] without libvirt; else what failed, with the end of its output.
    pub fn start(session: &Session, debug_log: bool, probes: Option<PathBuf>) -> Result<Self> {
        crate::needs::require(crate::Part::SessionDaemon)?;
        // libvirt names a kept probe after QEMU's path alone: two kinds of daemon would
        // overwrite each other's in one folder.
        let probes = probes.map(|p| p.join("session"));
        let dir = session.dir().to_owned();
        let config = session.config().join("libvirt");
        std::fs::create_dir_all(&config).map_err(Error::io("make libvirt's folder"))?;
        let log = dir.join("log/libvirtd.log");
        std::fs::write(config.join("libvirtd.conf"), common_config(&log, debug_log))
            .map_err(Error::io("write libvirt's configuration"))?;
        probes_in(
            probes.as_deref(),
            &session.cache().join("libvirt/qemu/cache"),
        )?;
        let mut daemon = Self {
            dir,
            envs: session.envs(),
            probes,
            child: None,
        };
        daemon.restart()?;
        probes_out(
            &session.cache().join("libvirt/qemu/cache"),
            daemon.probes.as_deref(),
        );
        Ok(daemon)
    }

    /// The URI, good from anywhere on this machine. For an ordinary user plain
    /// `qemu:///session` means the same inside the session's environment; for root, libvirt's
    /// library takes that for the machine's own daemon.
    pub fn uri(&self) -> String {
        format!("qemu:///session?socket={}", self.socket().display())
    }

    /// The daemon's socket.
    pub fn socket(&self) -> PathBuf {
        self.dir.join("run/libvirt/libvirt-sock")
    }

    /// The daemon's log.
    pub fn log(&self) -> PathBuf {
        self.dir.join("log/libvirtd.log")
    }

    /// The output of `virsh` on this daemon.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] with what virsh said.
    pub fn virsh(&self, args: &[&str]) -> Result<String> {
        virsh(&self.uri(), &self.dir, args)
    }

    /// The daemon's process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Kills the daemon with signal 9, and awaits its end. Guests go on.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where it can't be killed.
    pub fn kill9(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().map_err(Error::io("kill the private daemon"))?;
            child
                .wait()
                .map_err(Error::io("await the private daemon's end"))?;
        }
        Ok(())
    }

    /// Starts the daemon (again) and awaits that it answers.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn restart(&mut self) -> Result<()> {
        self.kill9()?;
        let mut command = if crate::needs::is_root() {
            let mut command = std::process::Command::new("unshare");
            // 65534 is "nobody" everywhere, and must exist: libvirt asks for its name.
            command.args([
                "--user",
                "--map-user=65534",
                "--map-group=65534",
                "libvirtd",
            ]);
            command
        } else {
            std::process::Command::new("libvirtd")
        };
        crate::session::in_environment(&mut command, &self.envs);
        let out = self.dir.join("log/libvirtd.out");
        process::log_to(&mut command, &out)?;
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .map_err(Error::io("start libvirtd"))?;
        self.child = Some(child);
        let (uri, dir) = (self.uri(), self.dir.clone());
        await_ready(&uri, &dir, || {
            self.child
                .as_mut()
                .is_some_and(|c| matches!(c.try_wait(), Ok(None)))
        })
    }
}

impl Drop for SessionDaemon {
    fn drop(&mut self) {
        // Guests are left to the session's keeper.
        let _ = self.kill9();
    }
}
