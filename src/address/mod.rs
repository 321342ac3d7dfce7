// SPDX-License-Identifier: GPL-3.0-or-later
//! Addresses of hypervisors (URIs), read as libvirt reads them: their parts, what libvirt's
//! configuration makes of a name, and what opening one runs.

pub mod alias;
pub mod effects;
pub(crate) mod ssh;
pub(crate) mod uri;

/// Whether a URI's hypervisor runs on this machine, so that its kernel can be looked at.
pub(crate) fn is_local(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return false;
    };
    let transport = scheme.split_once('+').map(|(_, transport)| transport);
    rest.starts_with('/') && matches!(transport, None | Some("unix"))
}

/// Whether a URI's hypervisor is this person's own on this machine, so that its guests can have
/// sockets in the folder of the login session.
pub(crate) fn is_own_session(uri: &str) -> bool {
    let path = uri.split_once("://").map_or("", |(_, rest)| rest);
    is_local(uri) && path.split('?').next() == Some("/session")
}

/// Whether a URI names the guests of an account, as against those of the system.
pub(crate) fn is_session(uri: &str) -> bool {
    uri.contains("/session")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_or_a_network_transport_is_not_local() {
        assert!(is_local("qemu:///system"));
        assert!(is_local("qemu:///system?socket=/run/x"));
        assert!(is_local("qemu+unix:///session"));
        assert!(is_local("qemu:///embed?root=/x"));
        assert!(!is_local("qemu+ssh://me@host/system"));
        assert!(!is_local("qemu+tls://host/system"));
        assert!(!is_local("qemu+tcp:///system"));
        assert!(!is_local("nonsense"));
    }

    #[test]
    fn a_session_of_ones_own_is_told_from_others() {
        assert!(is_own_session("qemu:///session"));
        assert!(is_own_session("qemu+unix:///session?socket=/x"));
        assert!(!is_own_session("qemu:///system"));
        assert!(!is_own_session("qemu+ssh://host/session"));
    }
}
