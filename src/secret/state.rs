// SPDX-License-Identifier: GPL-3.0-or-later
//! How the keys of a guest stand: in the keyring, there for another host, locked, held by libvirt,
//! or missing.

use super::handover::{Resolved, former_uuid_of_usage, resolve, uuid_of_usage};
use super::keyring::{ItemState, Keyring};
use crate::connection::Connection;
use crate::model::error::Result;
use crate::xml::summary::{SecretName, SecretReference};

/// How the key of a guest stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// The guest needs none.
    None,
    /// The keyring holds it.
    Stored,
    /// The keyring holds it for other hosts: a start asks whether this one may have it.
    ForOther,
    /// libvirt itself holds it, in a secret that Oriel did not make.
    HeldByLibvirt,
    /// The keyring holds it and is locked.
    Locked,
    /// Nobody has it.
    Missing,
}

/// How the key of a guest with these references stands. Shows no prompt.
///
/// `keyring` is `None` where there is no keyring service.
///
/// # Errors
/// As libvirt and the keyring fail.
pub async fn key_state(
    connection: &Connection,
    keyring: Option<&Keyring>,
    references: &[SecretReference],
) -> Result<KeyState> {
    let mut worst = KeyState::None;
    if references.is_empty() {
        return Ok(worst);
    }
    let host = connection.host_identity().await?;
    for reference in references {
        // The keyring first: it needs no question to the host for what it holds.
        let from_keyring = match (keyring, &reference.by) {
            (Some(keyring), SecretName::Uuid(uuid)) => keyring.state(*uuid, &host).await?,
            (Some(keyring), SecretName::Usage(id)) => {
                let own = uuid_of_usage(&host, reference.usage_type, id);
                match keyring.state(own, &host).await? {
                    ItemState::Missing => keyring.state(former_uuid_of_usage(id), &host).await?,
                    known => known,
                }
            }
            (None, _) => ItemState::Missing,
        };
        let state = match from_keyring {
            ItemState::Stored => KeyState::Stored,
            ItemState::Locked => KeyState::Locked,
            // What libvirt holds is used as it is, and nobody is asked.
            missing => match (resolve(connection, reference).await?.0, missing) {
                (Resolved::Foreign, _) => KeyState::HeldByLibvirt,
                (_, ItemState::ForOther) => KeyState::ForOther,
                _ => KeyState::Missing,
            },
        };
        worst = worst.max_severity(state);
    }
    Ok(worst)
}

impl KeyState {
    fn max_severity(self, other: Self) -> Self {
        let rank = |state| match state {
            Self::None => 0,
            Self::Stored => 1,
            Self::HeldByLibvirt => 2,
            Self::ForOther => 3,
            Self::Locked => 4,
            Self::Missing => 5,
        };
        if rank(other) > rank(self) {
            other
        } else {
            self
        }
    }

    /// The stable name that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Stored | Self::HeldByLibvirt => "stored",
            Self::ForOther => "other-host",
            Self::Locked => "locked",
            Self::Missing => "missing",
        }
    }

    /// Who has the key: "keyring", "libvirt", or nobody.
    pub fn holder(self) -> Option<&'static str> {
        match self {
            Self::Stored | Self::ForOther | Self::Locked => Some("keyring"),
            Self::HeldByLibvirt => Some("libvirt"),
            Self::None | Self::Missing => None,
        }
    }
}
