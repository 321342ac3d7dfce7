// SPDX-License-Identifier: GPL-3.0-or-later
//! Words for the numbers in libvirt's events, in the order of libvirt's enums.
//!
//! A number that is not in its list becomes "unknown": a newer libvirt may send it.

/// The word for a number.
pub(super) fn label(words: &[&'static str], number: i32) -> &'static str {
    usize::try_from(number)
        .ok()
        .and_then(|number| words.get(number))
        .copied()
        .unwrap_or("unknown")
}

/// `virDomainEventDefinedDetailType`
pub(super) const DEFINED: &[&str] = &["added", "updated", "renamed", "from snapshot"];
/// `virDomainEventUndefinedDetailType`
pub(super) const UNDEFINED: &[&str] = &["removed", "renamed"];
/// `virDomainEventStartedDetailType`
pub(super) const STARTED: &[&str] = &[
    "booted",
    "migrated",
    "restored",
    "from snapshot",
    "wakeup",
    "recreated",
];
/// `virDomainEventSuspendedDetailType`
pub(super) const SUSPENDED: &[&str] = &[
    "paused",
    "migrated",
    "io-error",
    "watchdog",
    "restored",
    "from snapshot",
    "api-error",
    "post-copy",
    "post-copy failed",
    "guest shutdown",
];
/// `virDomainEventResumedDetailType`
pub(super) const RESUMED: &[&str] = &[
    "unpaused",
    "migrated",
    "from snapshot",
    "post-copy",
    "post-copy failed",
];
/// `virDomainEventStoppedDetailType`
pub(super) const STOPPED: &[&str] = &[
    "shutdown",
    "destroyed",
    "crashed",
    "migrated",
    "saved",
    "failed",
    "from snapshot",
    "recreated",
];
/// `virDomainEventShutdownDetailType`
pub(super) const SHUTDOWN: &[&str] = &["finished", "guest request", "host request"];
/// `virDomainEventPMSuspendedDetailType`
pub(super) const PM_SUSPENDED: &[&str] = &["memory", "disk"];
/// `virDomainEventCrashedDetailType`
pub(super) const CRASHED: &[&str] = &["panicked", "crashloaded"];
/// `virDomainEventWatchdogAction`
pub(super) const WATCHDOG: &[&str] = &[
    "none",
    "pause",
    "reset",
    "poweroff",
    "shutdown",
    "debug",
    "inject-nmi",
];
/// `virDomainEventIOErrorAction`
pub(super) const IO_ERROR: &[&str] = &["none", "pause", "report"];
/// `virDomainEventGraphicsPhase`
pub(super) const GRAPHICS_PHASE: &[&str] = &["connect", "initialize", "disconnect"];
/// `virDomainEventGraphicsAddressType`
pub(super) const GRAPHICS_FAMILY: &[&str] = &["ipv4", "ipv6", "unix"];
/// `virDomainBlockJobType`
pub(super) const BLOCK_JOB: &[&str] = &[
    "unknown",
    "pull",
    "copy",
    "commit",
    "active-commit",
    "backup",
];
/// `virConnectDomainEventBlockJobStatus`
pub(super) const BLOCK_JOB_STATUS: &[&str] = &["completed", "failed", "canceled", "ready"];
/// `virConnectDomainEventDiskChangeReason`
pub(super) const DISK_CHANGE: &[&str] = &["changed", "dropped"];
/// `virDomainEventTrayChangeReason`
pub(super) const TRAY_CHANGE: &[&str] = &["opened", "closed"];
/// `virDomainMetadataType` and `virNetworkMetadataType`
pub(super) const METADATA: &[&str] = &["description", "title", "element"];
/// `virConnectDomainEventAgentLifecycleState` and that of channels
pub(super) const CHANNEL_STATE: &[&str] = &["unknown", "connected", "disconnected"];
/// `virConnectDomainEventAgentLifecycleReason` and that of channels
pub(super) const CHANNEL_REASON: &[&str] = &["unknown", "domain started", "channel event"];
/// `virDomainMemoryFailureRecipientType`
pub(super) const MEMORY_FAILURE_RECIPIENT: &[&str] = &["hypervisor", "guest"];
/// `virDomainMemoryFailureActionType`
pub(super) const MEMORY_FAILURE_ACTION: &[&str] = &["ignore", "inject", "fatal", "reset"];
/// `virNetworkEventLifecycleType`
pub(super) const NETWORK: &[&str] = &["defined", "undefined", "started", "stopped"];
/// `virStoragePoolEventLifecycleType`
pub(super) const STORAGE_POOL: &[&str] = &[
    "defined",
    "undefined",
    "started",
    "stopped",
    "created",
    "deleted",
];
/// `virNodeDeviceEventLifecycleType`
pub(super) const NODE_DEVICE: &[&str] = &["created", "deleted", "defined", "undefined"];
/// `virSecretEventLifecycleType`
pub(super) const SECRET: &[&str] = &["defined", "undefined"];
/// `virSecretUsageType`
pub(super) const SECRET_USAGE: &[&str] = &["none", "volume", "ceph", "iscsi", "tls", "vtpm"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_outside_its_list_is_unknown() {
        assert_eq!(label(STOPPED, 1), "destroyed");
        for number in [-1, 8, i32::MAX, i32::MIN] {
            assert_eq!(label(STOPPED, number), "unknown");
        }
    }
}
