// SPDX-License-Identifier: GPL-3.0-or-later
//! Addresses of hypervisors (URIs), read as libvirt reads them: their parts, what libvirt's
//! configuration makes of a name, and what opening one runs.

pub mod alias;
pub mod effects;
pub(crate) mod ssh;
pub(crate) mod uri;

use self::uri::parameters;

/// Where a hypervisor runs, and for whom. What follows from it is asked of it alone: no other code
/// looks for words in a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Whether it runs on this machine, so that its kernel and its files can be looked at.
    pub is_local: bool,
    /// For whom it runs.
    pub account: Account,
}

/// For whom a hypervisor runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// For the whole machine, with all rights.
    System,
    /// For the person alone, with the person's rights.
    Person,
    /// That is not told.
    Other,
}

impl Site {
    /// What a URI says. An alias of libvirt's configuration says nothing: of an open connection, the
    /// URI that libvirt names is the one to ask.
    pub fn of(uri: &str) -> Self {
        // The daemon there connects on to another address, which says for whom; where is unknown.
        if let Some((_, name)) = parameters(uri).into_iter().find(|(name, _)| name == "name") {
            return Self {
                is_local: false,
                account: Account::of(way(&name).1),
            };
        }
        let (authority, path) = way(uri);
        let scheme = uri.split(':').next().unwrap_or_default();
        let transport = scheme.split_once('+').map(|(_, transport)| transport);
        let here = authority.is_empty() && path.starts_with('/');
        Self {
            is_local: here && matches!(transport, None | Some("unix")),
            account: Account::of(path),
        }
    }

    /// Whether it runs for the person alone, here or elsewhere.
    pub fn is_session(self) -> bool {
        self.account == Account::Person
    }

    /// Whether it is this person's own on this machine, so that its guests can have sockets in the
    /// folder of the login session.
    pub fn is_own_session(self) -> bool {
        self.is_local && self.is_session()
    }
}

impl Account {
    fn of(path: &str) -> Self {
        match path {
            "/system" => Self::System,
            "/session" => Self::Person,
            _ => Self::Other,
        }
    }
}

/// The authority and the path of a URI. libvirt takes one without the slashes as well:
/// `qemu:/session`.
fn way(uri: &str) -> (&str, &str) {
    let rest = uri.split_once(':').map_or("", |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_or_a_network_transport_is_not_local() {
        let is_local = |uri| Site::of(uri).is_local;
        assert!(is_local("qemu:///system"));
        assert!(is_local("qemu:///system?socket=/run/x"));
        assert!(is_local("qemu+unix:///session"));
        assert!(is_local("qemu:///embed?root=/x"));
        assert!(!is_local("qemu+ssh://me@host/system"));
        assert!(!is_local("qemu+tls://host/system"));
        assert!(!is_local("qemu+tcp:///system"));
        assert!(!is_local("nonsense"));
        // What the daemon connects on to may be anywhere.
        assert!(!is_local("qemu:///system?name=qemu%2Btls://other/system"));
    }

    #[test]
    fn a_session_is_told_from_others_and_ones_own_from_those_elsewhere() {
        let own = |uri| Site::of(uri).is_own_session();
        assert!(own("qemu:///session"));
        assert!(own("qemu+unix:///session?socket=/x"));
        assert!(!own("qemu:///system"));
        assert!(!own("qemu+ssh://host/session"));
        assert!(Site::of("qemu+ssh://host/session").is_session());
        assert!(Site::of("qemu:/session").is_own_session());
        assert!(Site::of("qemu+ssh://host/?name=qemu:///session").is_session());
        // However deep somebody nests them.
        assert!(!Site::of(&"x?name=".repeat(200_000)).is_local);
        // Words elsewhere in a URI say nothing.
        for other in [
            "qemu:///system?socket=/tmp/session/sock",
            "qemu+ssh://session/system",
            "qemu:///embed?root=/session",
            "test:///session.xml",
        ] {
            assert!(!Site::of(other).is_session(), "{other}");
        }
    }
}
