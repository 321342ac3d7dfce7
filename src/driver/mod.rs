// SPDX-License-Identifier: GPL-3.0-or-later
//! The hypervisor, as verbs on plain values. This is the only folder that names libvirt.
//!
//! A verb makes one call, or the few that make one answer, and gives what the hypervisor said: a
//! value of `model`, or a [`Failure`]. It decides nothing, waits for nothing and words nothing;
//! what was attempted is added by who calls it, with [`Driver::failed`]. Every verb blocks.
//!
//! - `open`, `askpass`: opening, and the questions that come with it;
//! - `trust`: whether a passphrase may go over a connection;
//! - `guests`, `controls`, `counters`, `screens`: what there is of guests;
//! - `storage`, `networks`, `secrets`, `host`: the other objects;
//! - `events`: what the hypervisor tells by itself.

pub mod askpass;
mod controls;
mod counters;
pub(crate) mod events;
mod failure;
mod guests;
mod host;
mod networks;
pub(crate) mod open;
mod screens;
mod secrets;
mod storage;
pub(crate) mod trust;

use std::sync::{Arc, OnceLock};

use virt::connect::Connect;

pub(crate) use self::controls::Live;
pub(crate) use self::guests::{Beside, Domain, Layer, Which};
pub(crate) use self::secrets::Secret;
pub(crate) use self::storage::{Pool, PoolKinds, Volume};
use crate::address::Site;
use crate::message::Message;
use crate::model::error::failure::Failure;
use crate::model::error::{Error, Result};
use crate::model::host::HostIdentity;

/// What the hypervisor answers.
pub(crate) type Answer<T> = std::result::Result<T, Failure>;

/// An open connection to a hypervisor.
#[derive(Clone, Debug)]
pub(crate) struct Driver {
    /// Guests, storage, networks.
    main: Connect,
    /// Secrets: the same, except for the embedded QEMU driver, which keeps them apart.
    secrets: Connect,
    /// Whether `secrets` is a connection of its own, with events of its own.
    own_secrets: bool,
    /// The URI as the person gave it, for messages.
    pub uri: String,
    /// The URI that libvirt itself names (`virConnectGetURI`): the host, for leases.
    pub canonical: String,
    /// Where it runs, and for whom.
    pub site: Site,
    /// Whether libvirt bears no second call while one is under way.
    pub one_call: bool,
    /// Where this leads, once somebody has asked.
    identity: Arc<OnceLock<HostIdentity>>,
}

impl Driver {
    /// Which host this leads to. Blocks the first time.
    ///
    /// # Errors
    /// [`Error::Libvirt`] if the host does not tell its UUID, [`Error::Internal`] if this
    /// machine has no identity.
    pub(crate) fn identity(&self) -> Result<&HostIdentity> {
        if let Some(known) = self.identity.get() {
            return Ok(known);
        }
        let found = self.find_identity()?;
        Ok(self.identity.get_or_init(|| found))
    }

    /// Whether secrets are kept by a driver of their own, which other drivers don't find.
    pub(crate) fn has_own_secrets(&self) -> bool {
        self.own_secrets
    }

    /// Wraps a failed call.
    pub(crate) fn failed(&self, doing: impl Into<Message>, failure: Failure) -> Error {
        Error::libvirt(&self.uri, doing, failure)
    }

    /// Whether the connection still answers (`virConnectIsAlive`).
    pub(crate) fn is_alive(&self) -> bool {
        libvirt_ext::connection::is_alive(&self.main).unwrap_or(false)
    }
}
