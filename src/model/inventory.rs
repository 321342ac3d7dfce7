// SPDX-License-Identifier: GPL-3.0-or-later
//! What a connection holds and what happens on it, as front ends see it.

use std::sync::Arc;
use std::time::SystemTime;

use uuid::Uuid;

use crate::message::Message;

use super::control::KernelChange;
use super::error::Error;
use super::guest::Guest;
use super::happening::Happening;

/// All guests of a connection at one moment. Cloning it is cheap.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The guests by UUID.
    pub guests: imbl::HashMap<Uuid, Arc<Guest>>,
    /// Those that this state differs in from the one before; `None` means all.
    pub changed: Option<Vec<Uuid>>,
    /// Whether every guest's document has been read since the connection opened, or the list
    /// could not be had at all.
    pub complete: bool,
    /// Why the list could not be had, if so; it is tried again.
    pub error: Option<Arc<Error>>,
}

impl Inventory {
    /// The guest of that name, or of that UUID written out.
    pub fn find(&self, name_or_uuid: &str) -> Option<&Arc<Guest>> {
        self.guests
            .values()
            .find(|guest| guest.name == name_or_uuid)
            .or_else(|| self.guests.get(&Uuid::try_parse(name_or_uuid).ok()?))
    }
}

/// How the connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Being opened.
    Connecting,
    /// Open, with events registered.
    Online,
    /// Broken or not reachable; tried again after the given seconds.
    Waiting {
        /// What went wrong.
        reason: Message,
        /// Seconds until the next try.
        retry_in: u64,
    },
    /// Not let in; not tried again by itself.
    Refused {
        /// What libvirt said.
        reason: Message,
    },
    /// Closed by us.
    Closed,
}

/// Something that happened. Facts may be missed by a slow reader; the inventory never is.
#[derive(Clone, Debug)]
pub struct Fact {
    /// When we heard of it.
    pub at: SystemTime,
    /// What it was.
    pub kind: FactKind,
}

/// What can happen on a connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FactKind {
    /// The hypervisor told it.
    Happened(Arc<Happening>),
    /// The kernel's own value of a control changed (inotify, local hosts only).
    Kernel(KernelChange),
    /// The connection came or went.
    Connection(Status),
}

impl FactKind {
    pub(crate) fn now(self) -> Fact {
        Fact {
            at: SystemTime::now(),
            kind: self,
        }
    }
}
