// SPDX-License-Identifier: GPL-3.0-or-later
//! A guest as the inventory knows it: what one bulk list and its own document tell.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use crate::message::Message;
use crate::shown::shown;
use crate::xml::DomainSummary;

/// What a guest is doing (`virDomainState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DomainState {
    /// libvirt does not say.
    Unknown,
    /// Running, or blocked on a resource.
    Running,
    /// Paused; its memory is kept.
    Paused,
    /// On its way down.
    ShuttingDown,
    /// Off.
    ShutOff,
    /// Crashed.
    Crashed,
    /// Asleep, by its own power management.
    PmSuspended,
}

impl DomainState {
    /// From libvirt's number.
    pub fn from_raw(raw: u32) -> Self {
        match raw {
            1 | 2 => Self::Running,
            3 => Self::Paused,
            4 => Self::ShuttingDown,
            5 => Self::ShutOff,
            6 => Self::Crashed,
            7 => Self::PmSuspended,
            _ => Self::Unknown,
        }
    }

    /// Whether the hypervisor holds a process for it.
    pub fn is_active(self) -> bool {
        !matches!(self, Self::ShutOff | Self::Crashed | Self::Unknown)
    }

    /// The stable name that JSON and the table use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::ShuttingDown => "shutting-down",
            Self::ShutOff => "shut-off",
            Self::Crashed => "crashed",
            Self::PmSuspended => "pm-suspended",
        }
    }

    /// The state in words, to follow "is".
    pub fn words(self) -> &'static str {
        match self {
            Self::Unknown => "in an unknown state",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::ShuttingDown => "shutting down",
            Self::ShutOff => "shut off",
            Self::Crashed => "crashed",
            Self::PmSuspended => "asleep",
        }
    }
}

/// One guest of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The guest's UUID, its identity on the connection.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// The hypervisor's number for it while it is active.
    pub id: Option<u32>,
    /// What it is doing.
    pub state: DomainState,
    /// Whether it stays defined when it is off.
    pub persistent: bool,
    /// Whether the next start goes on from a state that libvirt has saved.
    pub saved: bool,
    /// What its document says: the live one while it runs. `None` until it has been read.
    pub summary: Option<Arc<DomainSummary>>,
    /// Why it could not be read, if so; it is then shown with what is known.
    pub error: Option<Message>,
}

impl Guest {
    /// Its name as a person may see it ([`shown`]), or a placeholder: a guest always has something
    /// to be called by.
    pub fn display_name(&self) -> Cow<'_, str> {
        if self.name.is_empty() {
            Cow::Borrowed("(unnamed)")
        } else {
            shown(&self.name)
        }
    }
}
