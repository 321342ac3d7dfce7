// SPDX-License-Identifier: GPL-3.0-or-later
//! What can happen to a guest, a variant for each of libvirt's domain events.
//!
//! Owns the types; their words are in `labels`, their view for a front end in `domain_fields`.

use super::labels::{self, label};
use crate::params::ParamValue;

/// What happened to a guest (`virDomainEventID`). Devices are named by their alias.
#[derive(Debug, Clone, PartialEq)]
pub enum DomainEvent {
    /// It came, went, or changed its state.
    Lifecycle {
        /// What it did.
        kind: LifecycleKind,
        /// Why, such as "booted", "destroyed", "crashed" or "renamed".
        detail: &'static str,
    },
    /// It rebooted.
    Reboot,
    /// It set its clock.
    RtcChange {
        /// Seconds from UTC.
        utc_offset: i64,
    },
    /// Its watchdog fired.
    Watchdog {
        /// What was done: "none", "pause", "reset", "poweroff", "shutdown", "debug", "inject-nmi".
        action: &'static str,
    },
    /// A disk failed.
    IoError {
        /// The image.
        path: String,
        /// The disk.
        device: String,
        /// What was done: "none", "pause" or "report".
        action: &'static str,
    },
    /// Somebody came to or left its screen.
    Graphics {
        /// "connect", "initialize" or "disconnect".
        phase: &'static str,
        /// This side.
        local: GraphicsAddress,
        /// The viewer's side.
        remote: GraphicsAddress,
        /// How the viewer signed in.
        auth_scheme: String,
        /// Who the viewer is: kind and name of each identity.
        identities: Vec<(String, String)>,
    },
    /// A disk failed; as [`Self::IoError`], with a reason. libvirt sends both.
    IoErrorReason {
        /// The image.
        path: String,
        /// The disk.
        device: String,
        /// What was done: "none", "pause" or "report".
        action: &'static str,
        /// Why, such as "enospc".
        reason: String,
    },
    /// libvirt lost the monitor of the guest.
    ControlError,
    /// A block job ended or is ready; names the disk by its image. libvirt sends this and
    /// [`Self::BlockJob2`].
    BlockJob {
        /// The image.
        disk: String,
        /// "pull", "copy", "commit", "active-commit", "backup" or "unknown".
        job: &'static str,
        /// "completed", "failed", "canceled" or "ready".
        status: &'static str,
    },
    /// The image of a disk changed at start, or the disk was left out.
    DiskChange {
        /// The image before.
        old_path: Option<String>,
        /// The image now.
        new_path: Option<String>,
        /// The disk.
        device: String,
        /// "changed" or "dropped".
        reason: &'static str,
    },
    /// A removable disk's tray moved.
    TrayChange {
        /// The disk.
        device: String,
        /// "opened" or "closed".
        reason: &'static str,
    },
    /// It woke up.
    PmWakeup,
    /// It went to sleep in memory.
    PmSuspend,
    /// The balloon has a new size.
    BalloonChange {
        /// The memory that the guest has now, in KiB.
        actual_kib: u64,
    },
    /// It went to sleep on disk.
    PmSuspendDisk,
    /// A device is gone.
    DeviceRemoved {
        /// The device.
        device: String,
    },
    /// A block job ended or is ready; names the disk by its target, such as "vda".
    BlockJob2 {
        /// The disk.
        disk: String,
        /// "pull", "copy", "commit", "active-commit", "backup" or "unknown".
        job: &'static str,
        /// "completed", "failed", "canceled" or "ready".
        status: &'static str,
    },
    /// A limit changed while the guest runs.
    Tunable {
        /// The new values, such as `cputune.cpu_shares`.
        params: Vec<(String, ParamValue)>,
    },
    /// The guest agent came or went.
    AgentLifecycle {
        /// "connected" or "disconnected".
        state: &'static str,
        /// "unknown", "domain started" or "channel event".
        reason: &'static str,
    },
    /// A device was added.
    DeviceAdded {
        /// The device.
        device: String,
    },
    /// A migration began another pass over the memory.
    MigrationIteration {
        /// Which pass.
        iteration: i64,
    },
    /// A job ended well.
    JobCompleted {
        /// Its figures, such as `time_elapsed` (milliseconds).
        params: Vec<(String, ParamValue)>,
    },
    /// The guest did not let a device go.
    DeviceRemovalFailed {
        /// The device.
        device: String,
    },
    /// Title, description or own metadata changed.
    MetadataChange {
        /// "description", "title" or "element".
        kind: &'static str,
        /// The namespace of the metadata, for "element".
        uri: Option<String>,
    },
    /// A disk's image grew over the threshold that was set.
    BlockThreshold {
        /// The disk, such as "vda", or `vda[1]` for a backing file.
        device: String,
        /// The image, if it is a file here.
        path: Option<String>,
        /// The threshold in bytes.
        threshold: u64,
        /// How far over it, in bytes.
        excess: u64,
    },
    /// A memory error of the host struck the guest.
    MemoryFailure {
        /// Whose memory: "hypervisor" or "guest".
        recipient: &'static str,
        /// What was done: "ignore", "inject", "fatal" or "reset".
        action: &'static str,
        /// The guest must act at once.
        action_required: bool,
        /// It happened while an earlier one was dealt with.
        recursive: bool,
    },
    /// A memory device has a new size.
    MemoryDeviceSizeChange {
        /// The device.
        device: String,
        /// The new size in KiB.
        size_kib: u64,
    },
    /// The guest gave a network interface another address (libvirt 11.2 and newer).
    NicMacChange {
        /// The interface.
        device: String,
        /// Its address before.
        old_mac: String,
        /// Its address now.
        new_mac: String,
    },
    /// The guest let a virtual CPU go (newer libvirt).
    VcpuRemoved {
        /// Its number.
        vcpu: u64,
    },
    /// Somebody in the guest opened or closed a channel (newer libvirt).
    ChannelLifecycle {
        /// The channel's name.
        channel: String,
        /// "connected" or "disconnected".
        state: &'static str,
        /// "unknown", "domain started" or "channel event".
        reason: &'static str,
    },
}

/// One end of a viewer's connection to a screen (`virDomainEventGraphicsAddress`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphicsAddress {
    /// "ipv4", "ipv6", "unix" or "unknown".
    pub family: &'static str,
    /// The host or the socket's path.
    pub node: String,
    /// The port.
    pub service: String,
}

/// How a guest's state changed (`virDomainEventType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// A number that this crate does not know.
    Unknown(i32),
}

impl LifecycleKind {
    /// The kind as one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Defined => "defined",
            Self::Undefined => "undefined",
            Self::Started => "started",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Stopped => "stopped",
            Self::Shutdown => "shutdown",
            Self::PmSuspended => "pmsuspended",
            Self::Crashed => "crashed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The kind and the word for its detail, from libvirt's numbers.
    pub(super) fn from_raw(kind: i32, detail: i32) -> (Self, &'static str) {
        let (kind, words) = match kind {
            0 => (Self::Defined, labels::DEFINED),
            1 => (Self::Undefined, labels::UNDEFINED),
            2 => (Self::Started, labels::STARTED),
            3 => (Self::Suspended, labels::SUSPENDED),
            4 => (Self::Resumed, labels::RESUMED),
            5 => (Self::Stopped, labels::STOPPED),
            6 => (Self::Shutdown, labels::SHUTDOWN),
            7 => (Self::PmSuspended, labels::PM_SUSPENDED),
            8 => (Self::Crashed, labels::CRASHED),
            other => (Self::Unknown(other), [].as_slice()),
        };
        (kind, label(words, detail))
    }
}
