// SPDX-License-Identifier: GPL-3.0-or-later
//! A private `qemu:///system`: libvirtd and virtlogd, run by root in mount and process
//! namespaces of their own, with the sandbox's folders in place of libvirt's.
//!
//! Owns the daemon, its guests and its folders. Shared with the machine: the kernel's
//! control groups (below `machine/`, as libvirt names them: `qemu-ID-NAME.libvirt-qemu`),
//! so **two daemons must not run guests of the same name** ([`crate::unique_name`]); and,
//! with [`Network::Host`], its networks.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use super::{Certificates, await_ready, common_config, probes_in, probes_out, virsh};
use crate::error::{Error, Result};
use crate::keeper::Keeper;
use crate::process::{self, Process};

/// Which network the daemon and its guests see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Network {
    /// The machine's. Needed to be reached by TLS, TCP or ssh, and for guests that reach
    /// out; libvirt networks of one name or address range collide with the machine's.
    #[default]
    Host,
    /// One of its own, without a way out: libvirt's `default` network works in it and
    /// collides with nothing, several at once.
    Private,
}

/// What a private system daemon is to offer.
#[derive(Debug, Clone, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent switches, each named where set"
)]
pub struct SystemOptions {
    /// Write debug messages to [`SystemDaemon::log`].
    pub debug_log: bool,
    /// Listen for TLS on 127.0.0.1, with certificates made for it (implies the host's
    /// network).
    pub tls: bool,
    /// Listen for plain TCP on 127.0.0.1: an insecure connection, to be refused secrets.
    pub tcp: bool,
    /// Arrange control groups so that LXC containers start.
    pub lxc: bool,
    /// The network; [`Network::Private`] excludes `tls` and `tcp`.
    pub network: Network,
    /// The UUID that it reports as the host's. Without one libvirt takes the machine's, and
    /// where it can't read that, a new one at each start.
    pub host_uuid: Option<String>,
    /// A folder where the answers of QEMU probes are kept from one daemon to the next:
    /// the first start takes 8 s longer without it.
    pub probes: Option<PathBuf>,
}

/// A running private system daemon.
#[derive(Debug)]
pub struct SystemDaemon {
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    child: Child,
    init: u32,
    listeners: Listeners,
    probes: Option<PathBuf>,
    keeper: Keeper,
}

impl SystemDaemon {
    /// Starts one and awaits that it answers.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] without root, or with options that exclude each other;
    /// [`Error::Missing`] without libvirt; else what failed, with the end of its log.
    pub fn start(options: &SystemOptions) -> Result<Self> {
        crate::needs::require(crate::Part::SystemDaemon)?;
        let listen = match (options.network, options.tls || options.tcp) {
            (Network::Private, true) => {
                return Err(Error::Unsupported {
                    what: "A daemon that listens in a private network".into(),
                    why: "nobody outside could reach it".into(),
                });
            }
            (Network::Private, false) => "private",
            (Network::Host, true) => "listen",
            (Network::Host, false) => "silent",
        };
        let keeper = Keeper::new()?;
        for place in [
            "etc/libvirt",
            "var/lib/libvirt",
            "var/log/libvirt",
            "var/cache/libvirt",
            "run",
        ] {
            // Folders as the packages make them: dnsmasq and QEMU may run as other users.
            let path = keeper.folder(Path::new("root").join(place))?;
            open_to_all(&path)?;
        }
        for place in ["s", "log", "home", "run"] {
            keeper.folder(place)?;
        }
        let probes = options.probes.as_ref().map(|p| p.join("system"));
        probes_in(
            probes.as_deref(),
            &keeper.path("root/var/cache/libvirt/qemu"),
        )?;
        let listeners = configure(&keeper, options)?;

        let script = keeper.file("system.sh", include_str!("system.sh"))?;
        let mut unshare = keeper.command("unshare");
        unshare.args(["--mount", "--pid", "--fork", "--kill-child"]);
        if options.network == Network::Private {
            unshare.arg("--net");
        }
        unshare
            .arg("sh")
            .arg(&script)
            .arg(keeper.dir())
            .arg(if options.lxc { "1" } else { "0" })
            .arg(listen)
            .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent");
        process::log_to(&mut unshare, &keeper.path("log/init.out"))?;
        let mut child = unshare
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Error::io("start unshare"))?;
        let (Some(orders), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Unsupported {
                what: "A private daemon".into(),
                why: "its pipes could not be made".into(),
            });
        };
        let mut daemon = Self {
            orders,
            answers: BufReader::new(stdout),
            child,
            init: 0,
            listeners,
            probes,
            keeper,
        };
        daemon.init = daemon.answer()?.parse().unwrap_or_default();
        daemon.keeper.file(".init", daemon.init.to_string())?;
        daemon.restart()?;
        Ok(daemon)
    }

    /// Reads one answer: the rest of an `ok` line.
    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .map_err(Error::io("hear from the private daemon"))?;
        match line.trim().split_once(' ') {
            None if line.trim() == "ok" => Ok(String::new()),
            Some(("ok", rest)) => Ok(rest.to_owned()),
            _ => Err(Error::Failed {
                what: "The private libvirt daemon".into(),
                output: format!(
                    "{}{}",
                    line.trim(),
                    process::tail(&self.keeper.path("log/init.out"))
                ),
            }),
        }
    }

    fn order(&mut self, order: &str) -> Result<()> {
        writeln!(self.orders, "{order}").map_err(Error::io("tell the private daemon"))?;
        self.answer().map(drop)
    }

    /// The URI for QEMU, good from anywhere on this machine.
    pub fn uri(&self) -> String {
        format!("qemu:///system?socket={}", self.socket().display())
    }

    /// The URI for LXC containers.
    pub fn lxc_uri(&self) -> String {
        format!("lxc:///system?socket={}", self.socket().display())
    }

    /// The URI for TLS, where asked for. It names the folder of the client's certificate.
    pub fn tls_uri(&self) -> Option<String> {
        let (port, certificates) = self.listeners.tls.as_ref()?;
        let client = certificates.client();
        let client = client.display();
        Some(format!(
            "qemu+tls://127.0.0.1:{port}/system?pkipath={client}"
        ))
    }

    /// As [`Self::tls_uri`], with a client certificate of an authority that the daemon does
    /// not know.
    pub fn tls_stranger_uri(&self) -> Option<String> {
        let (port, certificates) = self.listeners.tls.as_ref()?;
        let stranger = certificates.stranger();
        let stranger = stranger.display();
        Some(format!(
            "qemu+tls://127.0.0.1:{port}/system?pkipath={stranger}"
        ))
    }

    /// The URI for plain TCP, where asked for: not a secure connection.
    pub fn tcp_uri(&self) -> Option<String> {
        self.listeners
            .tcp
            .map(|port| format!("qemu+tcp://127.0.0.1:{port}/system"))
    }

    /// The daemon's socket.
    pub fn socket(&self) -> PathBuf {
        self.keeper.path("s/libvirt-sock")
    }

    /// The daemon's log.
    pub fn log(&self) -> PathBuf {
        self.keeper.path("log/libvirtd.log")
    }

    /// The whole sandbox folder: disks made below it have the same path inside and outside.
    pub fn dir(&self) -> &Path {
        self.keeper.dir()
    }

    /// Where a path that libvirt names (below `/etc/libvirt`, `/var/lib/libvirt`,
    /// `/var/log/libvirt`, `/var/cache/libvirt`, `/run`) lies outside the namespace.
    pub fn outside(&self, path: &Path) -> PathBuf {
        if path.starts_with(self.dir()) {
            return path.to_owned();
        }
        self.keeper
            .path("root")
            .join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The URI's output of `virsh`.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] with what virsh said.
    pub fn virsh(&self, args: &[&str]) -> Result<String> {
        virsh(&self.uri(), self.dir(), args)
    }

    /// All processes of the namespace, QEMUs included, with their ids on the machine.
    pub fn processes(&self) -> Vec<Process> {
        process::of_namespace(self.init)
    }

    /// The id on the machine of a running guest's QEMU, or of a container's controller.
    pub fn guest_pid(&self, name: &str) -> Option<u32> {
        // QEMU's words hold "-name guest=NAME,..."; libvirt_lxc's "--name NAME --...".
        let (qemu, lxc) = (format!("-name guest={name},"), format!("--name {name} "));
        self.processes()
            .into_iter()
            .find(|p| p.command_line.contains(&qemu) || p.command_line.contains(&lxc))
            .map(|p| p.pid)
    }

    /// The id on the machine of libvirtd itself, while it runs.
    pub fn libvirtd_pid(&self) -> Option<u32> {
        self.processes()
            .into_iter()
            .find(|p| p.name == "libvirtd")
            .map(|p| p.pid)
    }

    /// Kills libvirtd with signal 9, and awaits its end. Guests go on.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Failed`] where the namespace's first process is gone.
    pub fn kill9(&mut self) -> Result<()> {
        self.order("kill")
    }

    /// Ends libvirtd in order. Guests go on.
    ///
    /// # Errors
    ///
    /// As [`Self::kill9`].
    pub fn stop(&mut self) -> Result<()> {
        self.order("stop")
    }

    /// Starts libvirtd again after [`Self::kill9`] or [`Self::stop`], and awaits that it
    /// answers.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn restart(&mut self) -> Result<()> {
        self.order("start")?;
        let (init, started) = (self.init, Instant::now());
        await_ready(&self.uri(), self.dir(), || {
            // It has its name a moment after it was asked for.
            started.elapsed() < Duration::from_secs(1)
                || process::of_namespace(init)
                    .iter()
                    .any(|p| p.name == "libvirtd")
        })?;
        probes_out(
            &self.keeper.path("root/var/cache/libvirt/qemu"),
            self.probes.as_deref(),
        );
        Ok(())
    }
}

impl Drop for SystemDaemon {
    fn drop(&mut self) {
        // The keeper must see the guests' control groups before it kills them, so it goes
        // first; then unshare has nothing left to wait for.
        self.keeper.end();
        let _ = self.child.wait();
    }
}

/// Where the daemon listens besides its socket.
#[derive(Debug, Default)]
struct Listeners {
    tls: Option<(u16, Certificates)>,
    tcp: Option<u16>,
}

/// Writes the daemon's configuration and chooses its ports.
fn configure(keeper: &Keeper, options: &SystemOptions) -> Result<Listeners> {
    let mut listeners = Listeners::default();
    let mut lines = vec![
        common_config(&keeper.path("log/libvirtd.log"), options.debug_log),
        format!("unix_sock_dir = \"{}\"", keeper.path("s").display()),
        "unix_sock_rw_perms = \"0700\"".into(),
        "listen_addr = \"127.0.0.1\"".into(),
        format!("listen_tls = {}", u8::from(options.tls)),
    ];
    if let Some(uuid) = &options.host_uuid {
        lines.push(format!("host_uuid = \"{uuid}\""));
    }
    if options.tls {
        let certificates = Certificates::make(&keeper.folder("tls")?)?;
        let port = process::free_port()?;
        let dir = certificates.server();
        let server = dir.display();
        lines.push(format!("tls_port = \"{port}\""));
        lines.push(format!("ca_file = \"{server}/cacert.pem\""));
        lines.push(format!("cert_file = \"{server}/servercert.pem\""));
        lines.push(format!("key_file = \"{server}/serverkey.pem\""));
        listeners.tls = Some((port, certificates));
    }
    if options.tcp {
        let port = process::free_port()?;
        lines.push(format!(
            "listen_tcp = 1\ntcp_port = \"{port}\"\nauth_tcp = \"none\""
        ));
        listeners.tcp = Some(port);
    }
    keeper.file("root/etc/libvirt/libvirtd.conf", lines.join("\n") + "\n")?;
    keeper.file(
        "root/etc/libvirt/qemu.conf",
        "user = \"root\"\ngroup = \"root\"\nsecurity_driver = \"none\"\n",
    )?;
    Ok(listeners)
}

fn open_to_all(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(path, mode)
        .map_err(Error::io(format!("open the folder {}", path.display())))
}
