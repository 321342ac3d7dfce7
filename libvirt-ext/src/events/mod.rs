// SPDX-License-Identifier: GPL-3.0-or-later
//! What libvirt tells by itself: every event of guests, networks, storage pools, node devices
//! and secrets, and the end of a connection.
//!
//! [`subscribe`] registers all of them for one connection and gives each to a closure as an
//! [`Event`], a value that owns all it says. The module re-reads nothing and keeps no state of
//! objects: that is the engine's part.

#[cfg(test)]
mod callback_tests;
mod callbacks;
mod domain;
mod domain_fields;
mod kinds;
mod labels;
mod object_callbacks;
mod subscription;

use std::borrow::Cow;

use uuid::Uuid;

pub use domain::{DomainEvent, GraphicsAddress, LifecycleKind};
pub use subscription::{Refused, Subscription, subscribe};

use crate::params::ParamValue;

/// The guest that an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DomainRef {
    /// Its name when the event was sent.
    pub name: String,
    /// Its UUID.
    pub uuid: Uuid,
    /// Its number while it runs.
    pub id: Option<u32>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// To a guest.
    Domain {
        /// Which one.
        domain: DomainRef,
        /// What happened.
        event: DomainEvent,
    },
    /// To a virtual network.
    Network {
        /// Its name.
        name: String,
        /// Its UUID.
        uuid: Uuid,
        /// What happened.
        event: NetworkEvent,
    },
    /// To a storage pool.
    StoragePool {
        /// Its name.
        name: String,
        /// Its UUID.
        uuid: Uuid,
        /// What happened.
        event: StoragePoolEvent,
    },
    /// To a device of the host.
    NodeDevice {
        /// Its name.
        name: String,
        /// What happened.
        event: NodeDeviceEvent,
    },
    /// To a secret.
    Secret {
        /// Its UUID.
        uuid: Uuid,
        /// What it is for: "none", "volume", "ceph", "iscsi", "tls", "vtpm" or "unknown".
        usage_type: &'static str,
        /// Its usage: the volume's path, the target's name and so on; empty for usage "none".
        usage_id: String,
        /// What happened.
        event: SecretEvent,
    },
    /// The connection ended. Nothing comes after this.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

impl Event {
    /// The kind of object: "domain", "network", "storage-pool", "node-device", "secret" or
    /// "connection".
    pub fn object(&self) -> &'static str {
        match self {
            Self::Domain { .. } => "domain",
            Self::Network { .. } => "network",
            Self::StoragePool { .. } => "storage-pool",
            Self::NodeDevice { .. } => "node-device",
            Self::Secret { .. } => "secret",
            Self::Closed { .. } => "connection",
        }
    }

    /// The event under virsh's own name, such as "lifecycle"; "closed" for the connection.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Domain { event, .. } => event.name(),
            Self::Network { event, .. } => event.name(),
            Self::StoragePool { event, .. } => event.name(),
            Self::NodeDevice { event, .. } => event.name(),
            Self::Secret { event, .. } => event.name(),
            Self::Closed { .. } => "closed",
        }
    }

    /// What the event says beyond the object and its name, in a stable order.
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::Domain { event, .. } => event.fields(),
            Self::Network { event, .. } => event.fields(),
            Self::StoragePool { event, .. } => event.fields(),
            Self::NodeDevice { event, .. } => event.fields(),
            Self::Secret { event, .. } => event.fields(),
            Self::Closed { reason } => vec![field("reason", reason.as_str())],
        }
    }
}

/// One named value of an event. Names are fixed except those of tunables and finished jobs,
/// which libvirt chooses.
pub type Field = (Cow<'static, str>, FieldValue);

/// A value that a front end can print without knowing the event.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// A text.
    Str(String),
    /// A whole number that may be below zero.
    Int(i64),
    /// A whole number.
    UInt(u64),
    /// A number with a fraction.
    Float(f64),
    /// Yes or no.
    Bool(bool),
}

impl From<&str> for FieldValue {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}

impl From<&String> for FieldValue {
    fn from(value: &String) -> Self {
        Self::Str(value.clone())
    }
}

impl From<u64> for FieldValue {
    fn from(value: u64) -> Self {
        Self::UInt(value)
    }
}

impl From<i64> for FieldValue {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for FieldValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&ParamValue> for FieldValue {
    fn from(value: &ParamValue) -> Self {
        match value {
            ParamValue::Int(v) => Self::Int(i64::from(*v)),
            ParamValue::UInt(v) => Self::UInt(u64::from(*v)),
            ParamValue::LLong(v) => Self::Int(*v),
            ParamValue::ULLong(v) => Self::UInt(*v),
            ParamValue::Double(v) => Self::Float(*v),
            ParamValue::Bool(v) => Self::Bool(*v),
            ParamValue::Str(v) => Self::Str(v.clone()),
        }
    }
}

/// A field with a fixed name.
fn field(name: &'static str, value: impl Into<FieldValue>) -> Field {
    (Cow::Borrowed(name), value.into())
}

/// What happened to a network (`virNetworkEventID`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkEvent {
    /// It came, went, started or stopped.
    Lifecycle {
        /// "defined", "undefined", "started", "stopped" or "unknown".
        action: &'static str,
    },
    /// Its title, description or own metadata changed (libvirt 9.8 and newer).
    MetadataChange {
        /// "description", "title", "element" or "unknown".
        kind: &'static str,
        /// The namespace of the metadata, for "element".
        uri: Option<String>,
    },
}

impl NetworkEvent {
    /// virsh's name of the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lifecycle { .. } => "lifecycle",
            Self::MetadataChange { .. } => "metadata-change",
        }
    }

    /// What the event says.
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::Lifecycle { action } => vec![field("action", *action)],
            Self::MetadataChange { kind, uri } => {
                let mut fields = vec![field("kind", *kind)];
                fields.extend(uri.iter().map(|uri| field("uri", uri)));
                fields
            }
        }
    }
}

/// What happened to a storage pool (`virStoragePoolEventID`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoragePoolEvent {
    /// It came, went, started or stopped.
    Lifecycle {
        /// "defined", "undefined", "started", "stopped", "created", "deleted" or "unknown".
        action: &'static str,
    },
    /// Its list of volumes was read anew.
    Refresh,
}

impl StoragePoolEvent {
    /// virsh's name of the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lifecycle { .. } => "lifecycle",
            Self::Refresh => "refresh",
        }
    }

    /// What the event says.
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::Lifecycle { action } => vec![field("action", *action)],
            Self::Refresh => Vec::new(),
        }
    }
}

/// What happened to a device of the host (`virNodeDeviceEventID`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeDeviceEvent {
    /// It came or went.
    Lifecycle {
        /// "created", "deleted", "defined", "undefined" or "unknown".
        action: &'static str,
    },
    /// Something about it changed.
    Update,
}

impl NodeDeviceEvent {
    /// virsh's name of the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lifecycle { .. } => "lifecycle",
            Self::Update => "update",
        }
    }

    /// What the event says.
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::Lifecycle { action } => vec![field("action", *action)],
            Self::Update => Vec::new(),
        }
    }
}

/// What happened to a secret (`virSecretEventID`). The value itself is never told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretEvent {
    /// It came or went.
    Lifecycle {
        /// "defined", "undefined" or "unknown".
        action: &'static str,
    },
    /// It has a new value.
    ValueChanged,
}

impl SecretEvent {
    /// virsh's name of the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lifecycle { .. } => "lifecycle",
            Self::ValueChanged => "value-changed",
        }
    }

    /// What the event says.
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::Lifecycle { action } => vec![field("action", *action)],
            Self::ValueChanged => Vec::new(),
        }
    }
}

/// Why a connection ended (`virConnectCloseReason`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// An I/O error.
    Error,
    /// The other side closed it.
    EndOfFile,
    /// The other side did not answer the keepalive in time.
    Keepalive,
    /// This side closed it.
    Client,
    /// A reason that this crate does not know.
    Unknown(i32),
}

impl CloseReason {
    /// The reason as one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::EndOfFile => "end-of-file",
            Self::Keepalive => "keepalive",
            Self::Client => "client",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The reason of that number.
    fn from_raw(reason: i32) -> Self {
        match reason {
            0 => Self::Error,
            1 => Self::EndOfFile,
            2 => Self::Keepalive,
            3 => Self::Client,
            other => Self::Unknown(other),
        }
    }
}
