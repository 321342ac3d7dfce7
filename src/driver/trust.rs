// SPDX-License-Identifier: GPL-3.0-or-later
//! Whether a passphrase may go over a connection: nobody else can read it, and the other end has
//! proved who it is.
//!
//! It is judged on the very driver that will carry the passphrase, by the URI that libvirt itself
//! has opened, aliases of its configuration resolved, and read as libvirt reads it ([`crate::address::uri`]).
//! What a URI runs before it is open is [`crate::address::effects`]'s.

use super::Driver;
use crate::address::ssh::ssh_setting;
use crate::address::uri::parameters;
use crate::model::doing;
use crate::model::error::{Error, Insecure, Result, SecretError};

/// Refuses a connection that passphrases must not go over. Blocks.
///
/// # Errors
/// [`Error::Secret`]; [`Error::Libvirt`] if libvirt can't tell.
pub(crate) fn check_secure(driver: &Driver) -> Result<()> {
    let secure = driver
        .main
        .is_secure()
        .map_err(|error| driver.failed(doing::CHECK_CONNECTION, error.into()))?;
    let why = if secure {
        [&driver.uri, &driver.canonical]
            .into_iter()
            .find_map(|uri| unverified(uri))
            .or_else(|| unverified_by_ssh(&driver.canonical))
    } else {
        Some(Insecure::Plain)
    };
    match why {
        None => Ok(()),
        Some(why) => Err(Error::Secret(SecretError::InsecureConnection {
            uri: driver.uri.clone(),
            why,
        })),
    }
}

/// What of a URI turns off the check of the other end.
fn unverified(uri: &str) -> Option<Insecure> {
    parameters(uri).into_iter().find_map(|(name, value)| {
        match name.trim() {
            "no_verify" if value.trim() != "0" => Some(Insecure::NoVerify),
            // libvirt's own ssh clients (libssh, libssh2); “auto” takes any new host's key.
            "known_hosts_verify" if !value.eq_ignore_ascii_case("normal") => {
                Some(Insecure::KnownHosts)
            }
            "name" => Some(Insecure::Name),
            _ => None,
        }
    })
}

/// ssh's own settings may turn its check off.
fn unverified_by_ssh(uri: &str) -> Option<Insecure> {
    let (scheme, rest) = uri.split_once("://")?;
    if !scheme.to_ascii_lowercase().ends_with("+ssh") {
        return None;
    }
    let authority = rest.split(['/', '?']).next()?;
    let Some(checks) = ssh_setting(authority, "stricthostkeychecking") else {
        return Some(Insecure::SshSilent);
    };
    unverified_by_setting(&checks)
}

/// What a value of ssh's `StrictHostKeyChecking` turns off.
fn unverified_by_setting(value: &str) -> Option<Insecure> {
    match value {
        "no" | "off" | "false" => Some(Insecure::SshAnyKey),
        // Whoever answered first may have been anybody.
        "accept-new" => Some(Insecure::SshNewKey),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssh_has_to_ask_about_a_new_host() {
        for value in ["no", "off", "false", "accept-new"] {
            assert!(unverified_by_setting(value).is_some(), "{value}");
        }
        for value in ["yes", "ask", "true"] {
            assert!(unverified_by_setting(value).is_none(), "{value}");
        }
    }

    #[test]
    fn every_switch_that_turns_a_check_off_is_seen() {
        for uri in [
            "qemu+tls://h/system?no_verify=1",
            "qemu+tls://h/system?NO_VERIFY=1",
            "qemu+tls://h/system?no%5Fverify=1",
            "qemu+tls://h/system?n%6F_verify=%31",
            "qemu+ssh://h/system?a=b&no_verify=1",
            "qemu+ssh://h/system?a=b;No_Verify=yes",
            "qemu+tls://h/system?no_verify",
            "qemu+tls://h/system?no_verify%00x=1",
            "qemu+libssh2://h/system?known_hosts_verify=ignore",
            "qemu+libssh://h/system?Known_Hosts_Verify=IGNORE",
            "qemu+libssh://h/system?known_hosts_verify=auto",
            "qemu:///system?name=qemu%2Btls://evil/system",
            "qemu+ssh://h/system?N%61me=qemu:///system",
        ] {
            assert!(unverified(uri).is_some(), "{uri}");
        }
        for uri in [
            "qemu+tls://h/system?no_verify=0",
            "qemu+tls://h/system",
            "qemu+libssh://h/system?known_hosts_verify=normal",
            "qemu+ssh://h/system?command=no_verify",
        ] {
            assert!(unverified(uri).is_none(), "{uri}");
        }
    }
}
