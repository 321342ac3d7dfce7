// SPDX-License-Identifier: GPL-3.0-or-later
//! What a daemon tells by itself: number and content (libvirt's `src/remote/remote_protocol.x`,
//! `remote_…_msg`). The first part is the number of the callback that asked for it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::types::{Domain, Network, NodeDevice, Pool, Secret, TypedParam};

/// Whose events a callback asks for: each has a call to register it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Guests.
    Domain,
    /// Networks.
    Network,
    /// Storage pools.
    Pool,
    /// Devices of the host.
    NodeDevice,
    /// Secrets.
    Secret,
}

/// A kind of event.
pub trait Event {
    /// Its number.
    const NUMBER: i32;
    /// What a callback asks for: whose event, and its number among those (`virDomainEventID` and
    /// its like).
    const ASKED: (Subject, i32);
    /// What it says.
    type Message: DeserializeOwned + Serialize + Send + Sync;
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $of:ident $id:literal: $message:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Event for $name {
                const NUMBER: i32 = $number;
                const ASKED: (Subject, i32) = (Subject::$of, $id);
                type Message = $message;
            }
        )*
    };
}

events! {
    /// Network, `virNetworkEventLifecycleType`, detail.
    NetworkLifecycle = 315, Network 0: (i32, Network, i32, i32);
    /// Guest, `virDomainEventType`, detail.
    Lifecycle = 318, Domain 0: (i32, Domain, i32, i32);
    /// A guest restarted.
    Reboot = 319, Domain 1: (i32, Domain);
    /// A guest's clock: the difference in seconds.
    RtcChange = 320, Domain 2: (i32, Domain, i64);
    /// Guest, `virDomainEventWatchdogAction`.
    Watchdog = 321, Domain 3: (i32, Domain, i32);
    /// Guest, path, alias, `virDomainEventIOErrorAction`, reason.
    IoErrorReason = 324, Domain 6: (i32, Domain, String, String, i32, String);
    /// Guest, memory in KiB.
    BalloonChange = 331, Domain 13: (i32, Domain, u64);
    /// Guest, what was tuned.
    Tunable = 346, Domain 17: (i32, Domain, Vec<TypedParam>);
    /// Guest, `virConnectDomainEventAgentLifecycleState`, reason.
    AgentLifecycle = 348, Domain 18: (i32, Domain, i32, i32);
    /// Pool, `virStoragePoolEventLifecycleType`, detail.
    PoolLifecycle = 370, Pool 0: (i32, Pool, i32, i32);
    /// Device, `virNodeDeviceEventLifecycleType`, detail.
    NodeDeviceLifecycle = 376, NodeDevice 0: (i32, NodeDevice, i32, i32);
    /// Secret, `virSecretEventLifecycleType`, detail.
    SecretLifecycle = 382, Secret 0: (i32, Secret, i32, i32);
    /// A secret was filled.
    SecretValueChanged = 383, Secret 1: (i32, Secret);
}
