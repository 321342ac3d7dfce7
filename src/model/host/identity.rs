// SPDX-License-Identifier: GPL-3.0-or-later
//! Which host a connection leads to, told apart from any other that its URI may lead to.
//!
//! A URI is a way and no identity: an ssh alias is changed, a machine is installed anew, a home
//! folder is shared by two machines. The host's UUID alone proves nothing either: without
//! readable SMBIOS tables libvirt invents a new one for each start of its daemon, and a hostile
//! host reports whichever it likes. So a local host is known by what this program reads itself,
//! and a remote one by its authenticated address *and* the UUID that it reports.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::address::Site;
use crate::address::ssh::ssh_address;
use crate::address::uri::parameters;
use crate::model::error::{Error, Result, request};
use crate::platform::own_uid;

/// A host, and the account of its hypervisor there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum HostIdentity {
    /// This machine.
    Local {
        /// Made of `/etc/machine-id`, which itself is not to be shown around; see machine-id(5).
        machine: Uuid,
        /// The driver with its instance: `qemu:///system`, `qemu:///embed?root=/x`.
        driver: String,
        /// The number of the account that a session's daemon runs under; `None` for the system's.
        account: Option<u32>,
    },
    /// Another machine.
    Remote {
        /// The address that proved who it is: `ssh://me@lab.example:22`, `tls://lab.example`.
        address: String,
        /// The driver's instance there: `qemu:///system`.
        driver: String,
        /// The UUID that it reports.
        uuid: Uuid,
    },
}

impl HostIdentity {
    /// The identity of what a URI leads to on this machine; `None` where it leads elsewhere.
    ///
    /// # Errors
    /// [`Error::Internal`] if this machine has no identity.
    pub fn of_local(uri: &str) -> Result<Option<Self>> {
        if !Site::of(uri).is_local {
            return Ok(None);
        }
        let parts = UriParts::of(uri);
        Ok(Some(Self::Local {
            machine: this_machine()?,
            account: parts.is_session().then(own_uid),
            driver: parts.instance(),
        }))
    }

    /// The identity of another machine behind a URI, which reports that UUID.
    pub(crate) fn of_remote(uri: &str, uuid: Uuid) -> Self {
        let parts = UriParts::of(uri);
        Self::Remote {
            address: parts.address(),
            driver: parts.instance(),
            uuid,
        }
    }

    /// The driver's instance there: `qemu:///system`.
    pub fn driver(&self) -> &str {
        match self {
            Self::Local { driver, .. } | Self::Remote { driver, .. } => driver,
        }
    }

    /// Whether it is the machine that this program runs on.
    pub fn is_here(&self) -> bool {
        match self {
            Self::Local { machine, .. } => this_machine().is_ok_and(|here| here == *machine),
            Self::Remote { .. } => false,
        }
    }

    /// Whether both stand for one place that is reached in one way, be its UUID another or not.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        self.place() == other.place()
    }

    /// The host without its UUID, which some hosts make up at each start.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Local {
                machine,
                driver,
                account,
            } => format!("local {machine} {account:?} {driver}"),
            Self::Remote {
                address, driver, ..
            } => format!("remote {address} {driver}"),
        }
    }

    /// How people know the host: its name in an address, or `None` for this machine.
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::Local { .. } => None,
            Self::Remote { address, .. } => {
                Some(address.split_once("://").map_or(address, |(_, host)| host))
            }
        }
    }
}

/// The parts of a URI that matter here, as libvirt writes them (`virConnectGetURI`).
#[derive(Debug, Default, PartialEq, Eq)]
struct UriParts<'a> {
    driver: &'a str,
    transport: &'a str,
    authority: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> UriParts<'a> {
    fn of(uri: &'a str) -> Self {
        let (scheme, rest) = uri.split_once("://").unwrap_or((uri, ""));
        let (driver, transport) = scheme.split_once('+').unwrap_or((scheme, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let slash = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(slash);
        Self {
            driver,
            transport,
            authority,
            path,
            query,
        }
    }

    fn is_session(&self) -> bool {
        self.path == "/session" || self.path == "/embed"
    }

    /// The driver with all that may lead elsewhere on the way to it, read as libvirt reads it:
    /// another socket or root, another program, another authority for certificates. Only what
    /// surely does not is left out.
    fn instance(&self) -> String {
        const HARMLESS: [&str; 3] = ["mode", "no_tty", "proxy"];
        let chosen: Vec<String> = parameters(&format!("?{}", self.query))
            .into_iter()
            .filter(|(name, _)| !HARMLESS.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let query = if chosen.is_empty() {
            String::new()
        } else {
            format!("?{}", chosen.join("&"))
        };
        format!("{}://{}{query}", self.driver, self.path)
    }

    /// The address that the transport authenticates. ssh's own settings may name another host
    /// than the URI does, so ssh is asked.
    fn address(&self) -> String {
        let transport = match self.transport.to_ascii_lowercase() {
            none if none.is_empty() => "tls".to_owned(),
            transport => transport,
        };
        let resolved = (transport == "ssh")
            .then(|| ssh_address(self.authority))
            .flatten();
        format!(
            "{transport}://{}",
            resolved.as_deref().unwrap_or(self.authority)
        )
    }
}

/// This machine, by its id; where it has none, by this boot, so that after the next one it
/// counts as another.
fn this_machine() -> Result<Uuid> {
    const PLACES: [&str; 3] = [
        "/etc/machine-id",
        "/var/lib/dbus/machine-id",
        "/proc/sys/kernel/random/boot_id",
    ];
    PLACES
        .iter()
        .filter_map(|place| std::fs::read_to_string(place).ok())
        .map(|text| text.trim().to_owned())
        .find(|text| text.len() >= 32)
        .map(|id| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("oriel {id}").as_bytes()))
        .ok_or_else(|| Error::Unsupported(request::NO_MACHINE_ID.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_taken_apart() {
        let parts = UriParts::of("qemu+ssh://me@lab:2222/system?command=x&a=b");
        assert_eq!(
            (parts.driver, parts.transport, parts.authority),
            ("qemu", "ssh", "me@lab:2222")
        );
        assert_eq!((parts.path, parts.query), ("/system", "command=x&a=b"));
        assert!(UriParts::of("qemu:///session").is_session());
        assert_eq!(UriParts::of("nonsense").driver, "nonsense");
    }

    #[test]
    fn two_instances_on_this_machine_are_told_apart() {
        let driver = |uri: &str| UriParts::of(uri).instance();
        assert_eq!(driver("qemu:///system"), "qemu:///system");
        assert_eq!(
            driver("qemu:///system?mode=direct&socket=/run/x"),
            "qemu:///system?socket=/run/x"
        );
        // As libvirt reads them: decoded, and without regard to case.
        for uri in [
            "?Socket=/run/x",
            "?%73ocket=/run/x",
            "?mode=a;s%6Fcket=/run/x",
        ] {
            let uri = format!("qemu:///system{uri}");
            assert_eq!(driver(&uri), "qemu:///system?socket=/run/x", "{uri}");
        }
        // The last one counts to libvirt, so all do here.
        assert_ne!(
            driver("qemu:///system?socket=/a&Socket=/b"),
            driver("qemu:///system?socket=/a")
        );
        for other in [
            "name=x",
            "command=/x",
            "netcat=/x",
            "pkipath=/x",
            "known_hosts=/x",
        ] {
            let uri = format!("qemu+ssh://lab/system?{other}");
            assert_ne!(driver(&uri), driver("qemu+ssh://lab/system"), "{uri}");
        }
        assert_ne!(driver("qemu:///system"), driver("qemu:///session"));
        assert_ne!(
            driver("qemu:///embed?root=/a"),
            driver("qemu:///embed?root=/b")
        );
    }

    #[test]
    fn an_address_names_who_is_authenticated() {
        assert_eq!(UriParts::of("qemu://lab/system").address(), "tls://lab");
        assert_eq!(
            UriParts::of("qemu+libssh2://me@lab/system").address(),
            "libssh2://me@lab"
        );
    }

    #[test]
    fn this_machine_is_the_same_each_time() {
        assert_eq!(this_machine().unwrap(), this_machine().unwrap());
    }
}
