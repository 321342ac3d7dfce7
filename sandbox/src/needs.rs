// SPDX-License-Identifier: GPL-3.0-or-later
//! Which programs the private parts are made of, and which of them are absent.
//!
//! Owns the list; `scripts/setup` installs the same packages.

use crate::error::{Error, Result};
use crate::process::find_program;

/// A part, for asking what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// [`Session`](crate::Session): bus and keyring.
    Session,
    /// A session's display and its dialog.
    Display,
    /// A display with several monitors.
    Monitors,
    /// [`Colord`](crate::Colord): root as well.
    Colord,
    /// A session's window manager and accessibility bus.
    Desktop,
    /// [`SessionDaemon`](crate::SessionDaemon).
    SessionDaemon,
    /// [`SystemDaemon`](crate::SystemDaemon): root as well.
    SystemDaemon,
    /// [`Sshd`](crate::Sshd).
    Sshd,
    /// Small guests ([`guest`](crate::guest)).
    Guest,
}

/// A program that is absent, and the package of Debian and Ubuntu that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The program's name.
    pub program: &'static str,
    /// The package's name.
    pub package: &'static str,
}

const BUS: &[(&str, &str)] = &[
    ("setsid", "util-linux"),
    ("dbus-daemon", "dbus-daemon"),
    ("dbus-send", "dbus-bin"),
    ("gnome-keyring-daemon", "gnome-keyring"),
    ("secret-tool", "libsecret-tools"),
];
const DISPLAY: &[(&str, &str)] = &[
    ("Xvfb", "xvfb"),
    ("xdotool", "xdotool"),
    ("import", "imagemagick"),
];
const MONITORS: &[(&str, &str)] = &[
    ("xrandr", "x11-xserver-utils"),
    ("Xorg", "xserver-xorg-core"),
    ("dummy_drv.so", "xserver-xorg-video-dummy"),
];
const COLORD: &[(&str, &str)] = &[("unshare", "util-linux"), ("colord", "colord")];
const DESKTOP: &[(&str, &str)] = &[
    ("openbox", "openbox"),
    ("at-spi-bus-launcher", "at-spi2-core"),
];
const LIBVIRT: &[(&str, &str)] = &[
    ("setsid", "util-linux"),
    ("unshare", "util-linux"),
    ("libvirtd", "libvirt-daemon"),
    ("virtlogd", "libvirt-daemon"),
    ("virsh", "libvirt-clients"),
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("qemu-img", "qemu-utils"),
];
const SYSTEM: &[(&str, &str)] = &[
    ("ip", "iproute2"),
    ("certtool", "gnutls-bin"),
    ("dnsmasq", "dnsmasq-base"),
];
const SSHD: &[(&str, &str)] = &[
    ("sshd", "openssh-server"),
    ("ssh", "openssh-client"),
    ("ssh-keygen", "openssh-client"),
    ("nc", "netcat-openbsd"),
];
const GUEST: &[(&str, &str)] = &[("busybox", "busybox-static")];

fn of(part: Part) -> Vec<&'static [(&'static str, &'static str)]> {
    match part {
        Part::Session => vec![BUS],
        Part::Display => vec![DISPLAY],
        Part::Monitors => vec![DISPLAY, MONITORS],
        Part::Colord => vec![BUS, COLORD],
        Part::Desktop => vec![DISPLAY, DESKTOP],
        Part::SessionDaemon => vec![LIBVIRT],
        Part::SystemDaemon => vec![LIBVIRT, SYSTEM],
        Part::Sshd => vec![SSHD],
        Part::Guest => vec![GUEST],
    }
}

/// The programs that a part lacks on this machine.
pub fn missing_for(part: Part) -> Vec<Missing> {
    of(part)
        .concat()
        .into_iter()
        .filter(|(program, _)| find_program(program).is_none())
        .map(|(program, package)| Missing { program, package })
        .collect()
}

/// The programs that all parts together lack on this machine.
pub fn missing() -> Vec<Missing> {
    let parts = [
        Part::Session,
        Part::Display,
        Part::Monitors,
        Part::Colord,
        Part::Desktop,
        Part::SessionDaemon,
        Part::SystemDaemon,
        Part::Sshd,
        Part::Guest,
    ];
    let mut list: Vec<Missing> = Vec::new();
    for lacking in parts.into_iter().flat_map(missing_for) {
        if !list.contains(&lacking) {
            list.push(lacking);
        }
    }
    list
}

/// Refuses where a part lacks a program, or root.
pub(crate) fn require(part: Part) -> Result<()> {
    let what = match part {
        Part::SystemDaemon => Some("A private system daemon"),
        Part::Colord => Some("A private colord"),
        _ => None,
    };
    if let Some(what) = what
        && !is_root()
    {
        return Err(Error::Unsupported {
            what: what.into(),
            why: "it takes root to make its namespaces".into(),
        });
    }
    match missing_for(part).first() {
        None => Ok(()),
        Some(m) => Err(Error::Missing {
            program: m.program.into(),
            package: m.package.into(),
        }),
    }
}

/// Whether this process is root.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    // The owner of our own entry in /proc is our effective user.
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}
