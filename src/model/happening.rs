// SPDX-License-Identifier: GPL-3.0-or-later
//! What the hypervisor tells by itself.

use std::borrow::Cow;

use uuid::Uuid;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// The kind of object: "domain", "network", "storage-pool", "node-device" or "secret".
    pub object: &'static str,
    /// The event under virsh's own name, such as "lifecycle".
    pub event: &'static str,
    /// The object's name.
    pub name: Option<String>,
    /// The object's UUID.
    pub uuid: Option<Uuid>,
    /// What it is, where the engine or the window goes by it.
    pub what: What,
    /// What else the event says, in a stable order.
    pub fields: Vec<(Cow<'static, str>, FieldValue)>,
}

impl Happening {
    /// The guest that it is about, if it is about one.
    pub fn guest(&self) -> Option<Uuid> {
        self.uuid.filter(|_| self.object == "domain")
    }
}

/// What a happening is, where somebody goes by it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// A guest came, went or changed its state; the word says why: "booted", "destroyed".
    Lifecycle(LifecycleKind, &'static str),
    /// A guest rebooted by itself.
    Rebooted,
    /// A guest's watchdog fired, and did this: "pause", "reset".
    Watchdog(&'static str),
    /// A disk failed.
    DiskFailed {
        /// Its alias.
        device: String,
        /// Why: "enospc", or empty.
        reason: String,
    },
    /// A guest's balloon has left it so much memory, in KiB.
    Balloon(u64),
    /// A control has another value: its name without the group, and its value if it is a number.
    Control(String, Option<u64>),
    /// Anything else.
    Other,
}

/// How a guest's state changed (`virDomainEventType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LifecycleKind {
    /// Its definition is new or changed.
    Defined,
    /// Its definition is gone.
    Undefined,
    /// It runs.
    Started,
    /// It is paused.
    Suspended,
    /// It runs again.
    Resumed,
    /// It is off.
    Stopped,
    /// It is on its way to off.
    Shutdown,
    /// It sleeps.
    PmSuspended,
    /// It crashed.
    Crashed,
    /// The hypervisor has a kind that Oriel does not know.
    Unknown,
}

/// A value of an event, which can be shown without knowing the event.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// A text.
    Text(String),
    /// A whole number that may be below zero.
    Int(i64),
    /// A whole number.
    UInt(u64),
    /// A number with a fraction.
    Float(f64),
    /// Yes or no.
    Bool(bool),
}
