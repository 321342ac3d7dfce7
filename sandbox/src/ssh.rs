// SPDX-License-Identifier: GPL-3.0-or-later
//! A private ssh server on 127.0.0.1, for this same user, with keys made for it; and the
//! `qemu+ssh` URIs that lead through it to a daemon's socket.
//!
//! Owns the server, the keys and a small `ssh` command that reads none of the person's own
//! configuration (`command=` in the URI). The machine's sshd and `~/.ssh` are not touched.

use std::io::Read;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::keeper::Keeper;
use crate::process;

/// What the client knows of the server's key beforehand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HostKey {
    /// The right key.
    #[default]
    Known,
    /// Nothing: ssh asks whether to go on.
    Unknown,
    /// Another key: ssh refuses.
    Changed,
}

/// How to make the server and its client's files.
#[derive(Debug, Clone, Default)]
pub struct SshdOptions {
    /// What the client knows of the server's key.
    pub host_key: HostKey,
    /// A passphrase on the client's key: ssh asks for it (a test's own; it protects nothing
    /// else).
    pub passphrase: Option<String>,
}

/// A running private ssh server.
#[derive(Debug)]
pub struct Sshd {
    user: String,
    port: u16,
    child: Child,
    keeper: Keeper,
}

impl Sshd {
    /// Starts one and awaits its greeting.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] without ssh; else what failed, with the end of the server's log.
    pub fn start(options: &SshdOptions) -> Result<Self> {
        crate::needs::require(crate::Part::Sshd)?;
        let keeper = Keeper::new()?;
        keeper.folder("home")?;
        let port = process::free_port()?;
        let user = process::run(Command::new("id").arg("-un"))?
            .trim()
            .to_owned();
        key(&keeper.path("hostkey"), None)?;
        key(&keeper.path("otherkey"), None)?;
        key(&keeper.path("key"), options.passphrase.as_deref())?;
        client_files(&keeper, port, options.host_key)?;
        let public = read(&keeper.path("key.pub"))?;
        keeper.file("authorized_keys", public)?;
        let config = keeper.file("sshd_config", server_config(&keeper, port))?;
        let sshd = process::find_program("sshd").unwrap_or_default();

        let mut command = if crate::needs::is_root() {
            // As root, sshd wants the folder /run/sshd, which is the machine's: it gets a
            // /run of its own. The process namespace takes its connections down with it.
            let mut command = keeper.command("unshare");
            command.args([
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-c",
            ]);
            command.arg(
                "mount -t tmpfs -o mode=755 tmpfs /run && mkdir -m 755 /run/sshd && exec \"$@\"",
            );
            command.arg("oriel-sshd").arg(sshd);
            command
        } else {
            keeper.command(sshd)
        };
        command.args(["-D", "-e", "-f"]).arg(config);
        let log = keeper.path("sshd.log");
        process::log_to(&mut command, &log)?;
        let child = command.spawn().map_err(Error::io("start sshd"))?;
        // sshd writes its title over its environment: the keeper could not find it.
        keeper.note(child.id())?;
        let server = Self {
            user,
            port,
            child,
            keeper,
        };
        process::wait_for("the private ssh server", Duration::from_secs(15), || {
            greeting(port).map_err(|e| format!("{e}; {}", process::tail(&log)))
        })?;
        Ok(server)
    }

    /// The URI that leads to a daemon's socket; `path` is `/system` or `/session`.
    pub fn uri(&self, path: &str, socket: &Path) -> String {
        format!(
            "qemu+ssh://{}@127.0.0.1:{}{path}?proxy=netcat&socket={}&command={}",
            self.user,
            self.port,
            socket.display(),
            self.ssh().display()
        )
    }

    /// The same by a client in libvirt's own process, `libssh` or `libssh2`.
    pub fn library_uri(&self, library: &str, path: &str, socket: &Path) -> String {
        let file = |name| self.keeper.path(name).display().to_string();
        format!(
            "qemu+{library}://{}@127.0.0.1:{}{path}?proxy=netcat&socket={}&keyfile={}\
             &known_hosts={}&known_hosts_verify=normal&sshauth=privkey",
            self.user,
            self.port,
            socket.display(),
            file("key"),
            file("known_hosts")
        )
    }

    /// The `ssh` command that knows this server's files alone.
    pub fn ssh(&self) -> PathBuf {
        self.keeper.path("ssh")
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's log.
    pub fn log(&self) -> PathBuf {
        self.keeper.path("sshd.log")
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.keeper.end();
        let _ = self.child.wait();
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(Error::io(format!("read {}", path.display())))
}

/// Makes a key pair. The passphrase goes by ssh-keygen's own question, not by argv.
fn key(path: &Path, passphrase: Option<&str>) -> Result<()> {
    let mut command = Command::new("ssh-keygen");
    command
        .args(["-q", "-t", "ed25519", "-C", "oriel-test", "-f"])
        .arg(path);
    match passphrase {
        None => process::run(command.args(["-N", ""])).map(drop),
        Some(text) => {
            // It asks on the terminal or through this program, which reads it from a file
            // that goes with the sandbox.
            let (answer, script) = (path.with_extension("answer"), path.with_extension("ask"));
            write_private(&answer, text, 0o600)?;
            let body = format!("#!/bin/sh\nexec cat '{}'\n", answer.display());
            write_private(&script, &body, 0o700)?;
            command
                .env("SSH_ASKPASS", &script)
                .env("SSH_ASKPASS_REQUIRE", "force");
            let made = process::run(&mut command).map(drop);
            let _ = std::fs::remove_file(&answer);
            let _ = std::fs::remove_file(&script);
            made
        }
    }
}

fn write_private(path: &Path, text: &str, mode: u32) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(Error::io(format!("write {}", path.display())))
}

fn client_files(keeper: &Keeper, port: u16, host_key: HostKey) -> Result<()> {
    let known = match host_key {
        HostKey::Known => read(&keeper.path("hostkey.pub"))?,
        HostKey::Changed => read(&keeper.path("otherkey.pub"))?,
        HostKey::Unknown => String::new(),
    };
    let line = if known.is_empty() {
        known
    } else {
        format!("[127.0.0.1]:{port} {known}")
    };
    keeper.file("known_hosts", line)?;
    let strict = if host_key == HostKey::Unknown {
        "ask"
    } else {
        "yes"
    };
    let dir = keeper.dir().display();
    let config = keeper.file(
        "ssh_config",
        format!(
            "UserKnownHostsFile {dir}/known_hosts\nGlobalKnownHostsFile /dev/null\n\
             IdentityFile {dir}/key\nIdentitiesOnly yes\nIdentityAgent none\n\
             StrictHostKeyChecking {strict}\nUpdateHostKeys no\nPasswordAuthentication no\n"
        ),
    )?;
    let body = format!("#!/bin/sh\nexec ssh -F '{}' \"$@\"\n", config.display());
    write_private(&keeper.path("ssh"), &body, 0o700)
}

fn server_config(keeper: &Keeper, port: u16) -> String {
    let dir = keeper.dir().display();
    format!(
        "ListenAddress 127.0.0.1\nPort {port}\nHostKey {dir}/hostkey\nPidFile none\n\
         AuthorizedKeysFile {dir}/authorized_keys\nStrictModes no\nUsePAM no\n\
         PermitRootLogin prohibit-password\nPasswordAuthentication no\n\
         KbdInteractiveAuthentication no\nX11Forwarding no\nPrintMotd no\n\
         MaxStartups 100\n"
    )
}

/// Reads the server's greeting.
fn greeting(port: u16) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut start = [0; 4];
    stream.read_exact(&mut start)?;
    if &start == b"SSH-" {
        Ok(())
    } else {
        Err(std::io::Error::other("something else answers on the port"))
    }
}
