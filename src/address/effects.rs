// SPDX-License-Identifier: GPL-3.0-or-later
//! What opening a URI does beside reaching libvirt: which programs it runs, and what it redirects.
//!
//! It decides nothing: a front end that takes URIs from others asks the person by what it finds
//! here. Whether a passphrase may go over a connection that is open is for `trust.rs` to say.

use super::uri::{Parts, parameters};

/// Parameters by which a URI neither runs anything nor leads or trusts otherwise.
const HARMLESS: [&str; 3] = ["mode", "no_tty", "proxy"];

/// How deep a URI in a URI is looked into.
const DEPTH: u8 = 4;

/// What opening a URI does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The computer that it names; `None` for this one.
    pub host: Option<String>,
    /// The programs that the URI itself names; ssh, where it is libvirt's own choice, is none.
    pub programs: Vec<Program>,
    /// What else it sets, by name and value: where it leads, which key it shows, whom it trusts.
    pub switches: Vec<(String, String)>,
}

/// A program that a URI has run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name or path.
    pub program: String,
    /// By whom.
    pub runner: Runner,
}

/// Who runs a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// This program, as the person's own.
    Own,
    /// The person's account on the host.
    Account,
    /// libvirt's daemon, with its rights.
    Daemon,
}

impl Effects {
    /// The effects of a URI, as far as its text tells; aliases are [`super::alias`]'s.
    pub fn of(uri: &str) -> Self {
        Self::within(uri, DEPTH)
    }

    /// Whether a program runs that the URI names.
    pub fn runs_program(&self) -> bool {
        !self.programs.is_empty()
    }

    fn within(uri: &str, depth: u8) -> Self {
        let parts = Parts::of(uri);
        let mut effects = Self {
            host: parts.host,
            ..Self::default()
        };
        for (name, part) in [("user", &parts.user), ("host", &effects.host)] {
            // ssh's settings may put it into a command line for a shell.
            if let Some(part) = part
                && is_strange(part)
            {
                effects.switches.push((name.to_owned(), part.clone()));
            }
        }
        for (name, value) in parameters(uri) {
            let runner = match &*name {
                "command" => Runner::Own,
                "netcat" => Runner::Account,
                _ => {
                    if name == "name" {
                        effects.add_forwarded(&value, depth);
                    }
                    if !HARMLESS.contains(&&*name) {
                        effects.switches.push((name, value));
                    }
                    continue;
                }
            };
            effects.programs.push(Program {
                program: value,
                runner,
            });
        }
        effects
    }

    /// `name=` is a URI that the daemon opens, and what that one runs is run by the daemon.
    fn add_forwarded(&mut self, uri: &str, depth: u8) {
        if let Some(depth) = depth.checked_sub(1) {
            let programs = Self::within(uri, depth).programs.into_iter();
            self.programs.extend(programs.map(|program| Program {
                runner: Runner::Daemon,
                ..program
            }));
        }
    }
}

/// Whether a host or an account has what no name has.
fn is_strange(part: &str) -> bool {
    let usual = |one: char| one.is_alphanumeric() || "-._:%\\@".contains(one);
    part.starts_with('-') || !part.chars().all(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(uri: &str) -> Vec<(String, Runner)> {
        let programs = Effects::of(uri).programs.into_iter();
        programs.map(|it| (it.program, it.runner)).collect()
    }

    #[test]
    fn every_way_to_have_a_program_run_is_seen() {
        for uri in [
            "qemu+ext:///system?command=/x",
            "qemu+ext:/system?command=/x",
            "qemu+ext:///?x=1;Command=/x",
            "qemu+ext:///?x=1;command=/x&y",
            "qemu+ssh://lab/system?COMMAND=/x",
            "qemu+ssh://lab/system?comm%61nd=%2Fx",
            "qemu+ssh://lab/system?command%00abc=/x%00abc",
            "remote+ext:///?no_tty=1&command=/x",
            "qemu:///system?command=/x",
        ] {
            assert_eq!(programs(uri), [("/x".into(), Runner::Own)], "{uri}");
        }
        assert_eq!(
            programs("qemu+ssh://lab/system?command=/x&command=/y&netcat=/z"),
            [
                ("/x".into(), Runner::Own),
                ("/y".into(), Runner::Own),
                ("/z".into(), Runner::Account),
            ]
        );
    }

    #[test]
    fn a_program_that_the_daemon_is_to_run_is_seen() {
        assert_eq!(
            programs("qemu:///system?name=qemu%2bext://x/system%3fcommand=/x"),
            [("/x".into(), Runner::Daemon)]
        );
        let mut uri = "qemu+ext://x/?command=/x".to_owned();
        for _ in 0..3 {
            let codes: Vec<_> = uri.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let inner = codes.concat();
            uri = format!("qemu:///system?name={inner}");
        }
        assert_eq!(programs(&uri), [("/x".into(), Runner::Daemon)]);
    }

    #[test]
    fn what_is_plain_has_no_effects() {
        for (uri, host) in [
            ("qemu:///system", None),
            ("qemu:///session", None),
            ("test:///default", None),
            (
                "qemu+ssh://lena@attic:22/system?proxy=netcat",
                Some("attic"),
            ),
            ("qemu+tls://attic.example/system", Some("attic.example")),
            ("qemu+ssh://[fe80::1%25eth0]/system", Some("fe80::1%eth0")),
        ] {
            let plain = Effects {
                host: host.map(str::to_owned),
                ..Effects::default()
            };
            assert_eq!(Effects::of(uri), plain, "{uri}");
        }
    }

    #[test]
    fn what_leads_or_trusts_otherwise_is_named() {
        for (uri, name, value) in [
            ("qemu:///system?Socket=/x", "socket", "/x"),
            ("qemu:///embed?root=/x", "root", "/x"),
            ("qemu+ssh://lab/system?keyfile=/k", "keyfile", "/k"),
            ("qemu+tls://lab/system?no_verify=1", "no_verify", "1"),
            ("qemu+tls://lab/system?pkipath=/p", "pkipath", "/p"),
            (
                "qemu+libssh://lab/system?known_hosts=/h",
                "known_hosts",
                "/h",
            ),
            ("qemu+ssh://%2DoProxyCommand=x/", "host", "-oProxyCommand=x"),
            ("qemu+ssh://$(x)/system", "host", "$(x)"),
            ("qemu+ssh://-la@lab/system", "user", "-la"),
        ] {
            let effects = Effects::of(uri);
            assert_eq!(effects.switches, [(name.into(), value.into())], "{uri}");
            assert!(!effects.runs_program(), "{uri}");
        }
    }
}
