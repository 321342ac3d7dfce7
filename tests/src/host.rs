// SPDX-License-Identifier: GPL-3.0-or-later
//! A private session with a private libvirt of either kind, for tests that must hold under
//! `qemu:///system` and `qemu:///session` alike.
//!
//! Owns the two parts. [`crate::world`] is the richer place for tests of a system daemon alone.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use oriel_sandbox::guest::Guest;
use oriel_sandbox::{
    Keyring, Network, Session, SessionDaemon, SessionOptions, SystemDaemon, SystemOptions, process,
};

use crate::run::{Outcome, Running};
use crate::serial::Serial;

/// Which of libvirt's two daemons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The system's: `qemu:///system`.
    System,
    /// A person's own: `qemu:///session`.
    User,
}

/// A session with an unlocked keyring, a daemon, and a small guest's files.
#[derive(Debug)]
pub struct Host {
    // Ended in this order: a session's daemon must not outlive the session.
    daemon: Daemon,
    /// The session.
    pub session: Session,
    /// What small guests boot.
    pub guest: Guest,
}

#[derive(Debug)]
enum Daemon {
    System(SystemDaemon),
    User(SessionDaemon),
}

impl Host {
    /// Starts the session and the daemon; with `debug` libvirt writes debug messages.
    ///
    /// # Panics
    ///
    /// With what failed.
    pub fn start(kind: Kind, debug: bool) -> Self {
        let session = Session::start(&SessionOptions {
            keyring: Keyring::Unlocked("a test's own".into()),
            display: false,
            ..SessionOptions::default()
        })
        .unwrap();
        let probes = Some(crate::kept("probes"));
        let daemon = match kind {
            Kind::System => Daemon::System(
                SystemDaemon::start(&SystemOptions {
                    debug_log: debug,
                    network: Network::Private,
                    probes,
                    ..SystemOptions::default()
                })
                .unwrap(),
            ),
            Kind::User => Daemon::User(SessionDaemon::start(&session, debug, probes).unwrap()),
        };
        let folder = match &daemon {
            Daemon::System(daemon) => daemon.dir(),
            Daemon::User(_) => session.dir(),
        };
        let guest = Guest::build(folder).unwrap();
        Self {
            daemon,
            session,
            guest,
        }
    }

    /// The connection's URI.
    pub fn uri(&self) -> String {
        match &self.daemon {
            Daemon::System(daemon) => daemon.uri(),
            Daemon::User(daemon) => daemon.uri(),
        }
    }

    /// All folders that the session and the daemon write to.
    pub fn folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.session.dir().to_owned()];
        if let Daemon::System(daemon) = &self.daemon {
            folders.push(daemon.dir().to_owned());
        }
        folders
    }

    /// A folder that guests can read and that lies at the same path for them.
    pub fn dir(&self) -> &Path {
        match &self.daemon {
            Daemon::System(daemon) => daemon.dir(),
            Daemon::User(_) => self.session.dir(),
        }
    }

    /// Where a path that libvirt names lies for the test.
    pub fn outside(&self, path: &Path) -> PathBuf {
        match &self.daemon {
            Daemon::System(daemon) => daemon.outside(path),
            Daemon::User(_) => path.to_owned(),
        }
    }

    /// The folder of QEMU's logs.
    pub fn guest_logs(&self) -> PathBuf {
        match &self.daemon {
            Daemon::System(daemon) => daemon.outside(Path::new("/var/log/libvirt/qemu")),
            Daemon::User(_) => self.session.cache().join("libvirt/qemu/log"),
        }
    }

    /// The output of `virsh`.
    ///
    /// # Errors
    ///
    /// With what virsh said.
    pub fn virsh(&self, args: &[&str]) -> oriel_sandbox::Result<String> {
        match &self.daemon {
            Daemon::System(daemon) => daemon.virsh(args),
            Daemon::User(daemon) => daemon.virsh(args),
        }
    }

    /// `orielctl` in the session, connected to the daemon; a test may add to it.
    pub fn orielctl(&self, args: &[&str]) -> Command {
        let mut command = self.session.command(crate::orielctl());
        command
            .env("ORIEL_DEFAULT_URI", self.uri())
            .env("LC_ALL", "C.UTF-8")
            .args(args);
        command
    }

    /// Runs `orielctl` to its end, without standard input.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Outcome {
        Running::start(&mut self.orielctl(args), None).end()
    }

    /// The UUID of the secret that a guest's first encrypted disk names.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[track_caller]
    pub fn secret_of(&self, name: &str) -> String {
        let xml = self.virsh(&["dumpxml", name, "--inactive"]).unwrap();
        let (_, rest) = xml.split_once("<secret type='passphrase' uuid='").unwrap();
        rest.split('\'').next().unwrap().to_owned()
    }

    /// The passphrase that the keyring holds for a secret, as `secret-tool` reads it.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[track_caller]
    pub fn key(&self, secret: &str) -> String {
        let mut command = self.session.command("secret-tool");
        command.args(["lookup", "application", "oriel", "secret-uuid", secret]);
        process::run(&mut command).unwrap()
    }

    /// A running guest's first serial line.
    ///
    /// # Panics
    ///
    /// Where it has none.
    #[track_caller]
    pub fn serial(&self, name: &str) -> Serial {
        let path = self.virsh(&["ttyconsole", name]).unwrap();
        Serial::open(Path::new(path.trim()))
    }

    /// The first 512 bytes of an encrypted qcow2 image, as `qemu-img` reads them with a
    /// passphrase, which goes by a pipe.
    ///
    /// # Errors
    ///
    /// With what qemu-img said.
    pub fn open_image(&self, image: &Path, passphrase: &str) -> oriel_sandbox::Result<Vec<u8>> {
        let opened = self.dir().join("opened.raw");
        let mut command = Command::new("qemu-img");
        command
            .args(["dd", "-O", "raw", "bs=512", "count=1"])
            .args(["--object", "secret,id=key,file=/dev/stdin", "--image-opts"])
            .arg(format!(
                "if=driver=qcow2,encrypt.key-secret=key,file.filename={}",
                image.display()
            ))
            .arg(format!("of={}", opened.display()));
        process::run_with_input(&mut command, passphrase.as_bytes())?;
        let bytes = std::fs::read(&opened).unwrap();
        std::fs::remove_file(&opened).unwrap();
        Ok(bytes)
    }
}
