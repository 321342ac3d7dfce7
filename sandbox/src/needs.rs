// SPDX-License-Identifier: GPL-3.0-or-later
//! Which programs the private parts are made of, and which of them are absent.
//!
//! Owns which part is made of which programs. Their packages, and when each is needed, stand in
//! `scripts/needs.txt`, which `scripts/setup` reads as well.

use crate::error::{Error, Result};
use crate::process::find_program;

/// A part, for asking what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// [`Session`](crate::Session): bus and keyring.
    Session,
    /// A session's display and its dialog.
    Display,
    /// `KeePassXC` as a session's keyring.
    KeePassXc,
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

const PARTS: [Part; 10] = [
    Part::Session,
    Part::Display,
    Part::KeePassXc,
    Part::Monitors,
    Part::Colord,
    Part::Desktop,
    Part::SessionDaemon,
    Part::SystemDaemon,
    Part::Sshd,
    Part::Guest,
];

/// The parts that `orielctl demo` is made of: as root a system daemon, else a session's.
pub const fn demo_parts(root: bool) -> [Part; 2] {
    let daemon = if root {
        Part::SystemDaemon
    } else {
        Part::SessionDaemon
    };
    [Part::Session, daemon]
}

/// A program that is absent, and the package of Debian and Ubuntu that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The program's name.
    pub program: &'static str,
    /// The package's name.
    pub package: &'static str,
}

/// The one list of needs, which `scripts/setup` installs from.
const NEEDS: &str = include_str!("../../scripts/needs.txt");

const BUS: &[&str] = &[
    "setsid",
    "dbus-daemon",
    "dbus-send",
    "gnome-keyring-daemon",
    "secret-tool",
];
const DISPLAY: &[&str] = &["Xvfb", "xdotool", "import"];
const KEEPASSXC: &[&str] = &["keepassxc", "keepassxc-cli"];
const MONITORS: &[&str] = &["xrandr", "Xorg", "dummy_drv.so"];
const COLORD: &[&str] = &["unshare", "colord"];
const DESKTOP: &[&str] = &["openbox", "at-spi-bus-launcher"];
const LIBVIRT: &[&str] = &[
    "setsid",
    "unshare",
    "libvirtd",
    "virtlogd",
    "virsh",
    "qemu-system-x86_64",
    "qemu-img",
];
const SYSTEM: &[&str] = &["ip", "certtool", "dnsmasq"];
const SSHD: &[&str] = &["sshd", "ssh", "ssh-keygen", "nc"];
const GUEST: &[&str] = &["busybox"];

fn of(part: Part) -> Vec<&'static str> {
    let lists: &[&[&str]] = match part {
        Part::Session => &[BUS],
        Part::Display => &[DISPLAY],
        Part::KeePassXc => &[DISPLAY, KEEPASSXC],
        Part::Monitors => &[DISPLAY, MONITORS],
        Part::Colord => &[BUS, COLORD],
        Part::Desktop => &[DISPLAY, DESKTOP],
        Part::SessionDaemon => &[LIBVIRT],
        Part::SystemDaemon => &[LIBVIRT, SYSTEM],
        Part::Sshd => &[SSHD],
        Part::Guest => &[GUEST],
    };
    lists.concat()
}

/// When a program is needed and the package that has it, as the list of needs says; a program
/// that the list does not have is its own package.
fn need(program: &'static str) -> (&'static str, &'static str) {
    NEEDS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| {
            let mut words = line.split_whitespace();
            let (when, package) = (words.next()?, words.next()?);
            words
                .any(|word| word.trim_matches(['[', ']']) == program)
                .then_some((when, package))
        })
        .unwrap_or(("", program))
}

/// The programs that a part lacks on this machine.
pub fn missing_for(part: Part) -> Vec<Missing> {
    of(part)
        .into_iter()
        .filter(|program| find_program(program).is_none())
        .map(|program| Missing {
            program,
            package: need(program).1,
        })
        .collect()
}

/// The programs that all parts together lack on this machine.
pub fn missing() -> Vec<Missing> {
    let mut list: Vec<Missing> = Vec::new();
    for lacking in PARTS.into_iter().flat_map(missing_for) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_up_installs_whatever_a_part_needs() {
        for part in PARTS {
            for program in of(part) {
                let (when, package) = need(program);
                assert!(
                    !when.is_empty(),
                    "{program} of {part:?} is not in needs.txt"
                );
                if demo_parts(true).contains(&part) || demo_parts(false).contains(&part) {
                    assert_eq!(when, "run", "the demo needs {program} of {package}");
                }
            }
        }
    }

    #[test]
    fn the_list_of_needs_is_well_formed() {
        let mut packages = Vec::new();
        for line in NEEDS.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.is_empty() {
                continue;
            }
            assert!(["run", "test", "bench"].contains(&words[0]), "{line}");
            assert!(words.len() >= 2, "{line}");
            assert!(!packages.contains(&words[1]), "{} stands twice", words[1]);
            packages.push(words[1]);
        }
    }

    #[test]
    fn a_package_is_told_with_its_program() {
        assert_eq!(need("certtool"), ("run", "gnutls-bin"));
        assert_eq!(need("ssh-keygen"), ("test", "openssh-client"));
        assert_eq!(need("no-such-program"), ("", "no-such-program"));
    }
}
