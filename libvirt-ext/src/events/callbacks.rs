// SPDX-License-Identifier: GPL-3.0-or-later
//! The C functions that libvirt calls for guest events, one for each signature and meaning.
//!
//! Each copies its arguments into a [`DomainEvent`] and hands it on. No call to libvirt is made
//! here except reading the handle, and no panic leaves: both could break libvirt's event loop.

use std::ffi::{c_char, c_int, c_longlong, c_uint, c_ulonglong, c_void};

use virt_sys as sys;

use super::domain::{DomainEvent, GraphicsAddress, LifecycleKind};
use super::labels::{self, label};
use super::subscription::{Slot, deliver};
use super::{DomainRef, Event};
use crate::{ffi, params};

/// Builds the event of one guest and hands it on.
///
/// # Safety
///
/// Called by libvirt with what [`Slot`] registered: `opaque` is a slot, `dom` valid or NULL.
unsafe fn deliver_domain(
    opaque: *mut c_void,
    dom: sys::virDomainPtr,
    event: impl FnOnce() -> DomainEvent,
) {
    let build = |_: &Slot| {
        // SAFETY: libvirt holds the handle for the length of the callback.
        let (name, uuid, id) = unsafe { ffi::domain_identity(dom) }?;
        Some(Event::Domain {
            domain: DomainRef { name, uuid, id },
            event: event(),
        })
    };
    // SAFETY: as the caller vouches.
    unsafe { deliver(opaque, build) };
}

/// A text that may be NULL, as an empty one.
///
/// # Safety
///
/// NULL, or a C string.
unsafe fn text(raw: *const c_char) -> String {
    // SAFETY: as the caller vouches.
    unsafe { ffi::copy(raw) }.unwrap_or_default()
}

/// Defines C functions that take connection, guest, the arguments and the slot.
macro_rules! callbacks {
    ($($name:ident($($arg:ident: $kind:ty),*) => $event:expr;)*) => {$(
        pub(super) unsafe extern "C" fn $name(
            _conn: sys::virConnectPtr,
            dom: sys::virDomainPtr,
            $($arg: $kind,)*
            opaque: *mut c_void,
        ) {
            // SAFETY: libvirt calls with the slot that this function was registered with, a
            // valid handle, and texts that are NULL or C strings, all for the length of the call.
            unsafe { deliver_domain(opaque, dom, || $event) };
        }
    )*};
}

callbacks! {
    reboot() => DomainEvent::Reboot;
    control_error() => DomainEvent::ControlError;
    rtc_change(utc_offset: c_longlong) => DomainEvent::RtcChange { utc_offset };
    watchdog(action: c_int) => DomainEvent::Watchdog { action: label(labels::WATCHDOG, action) };
    io_error(path: *const c_char, device: *const c_char, action: c_int) => DomainEvent::IoError {
        path: text(path),
        device: text(device),
        action: label(labels::IO_ERROR, action),
    };
    io_error_reason(
        path: *const c_char,
        device: *const c_char,
        action: c_int,
        reason: *const c_char
    ) => DomainEvent::IoErrorReason {
        path: text(path),
        device: text(device),
        action: label(labels::IO_ERROR, action),
        reason: text(reason),
    };
    graphics(
        phase: c_int,
        local: *const sys::virDomainEventGraphicsAddress,
        remote: *const sys::virDomainEventGraphicsAddress,
        auth_scheme: *const c_char,
        subject: *const sys::virDomainEventGraphicsSubject
    ) => DomainEvent::Graphics {
        phase: label(labels::GRAPHICS_PHASE, phase),
        local: address(local),
        remote: address(remote),
        auth_scheme: text(auth_scheme),
        identities: identities(subject),
    };
    block_job(disk: *const c_char, job: c_int, status: c_int) => DomainEvent::BlockJob {
        disk: text(disk),
        job: label(labels::BLOCK_JOB, job),
        status: label(labels::BLOCK_JOB_STATUS, status),
    };
    block_job_2(disk: *const c_char, job: c_int, status: c_int) => DomainEvent::BlockJob2 {
        disk: text(disk),
        job: label(labels::BLOCK_JOB, job),
        status: label(labels::BLOCK_JOB_STATUS, status),
    };
    disk_change(
        old_path: *const c_char,
        new_path: *const c_char,
        device: *const c_char,
        reason: c_int
    ) => DomainEvent::DiskChange {
        old_path: ffi::copy(old_path),
        new_path: ffi::copy(new_path),
        device: text(device),
        reason: label(labels::DISK_CHANGE, reason),
    };
    tray_change(device: *const c_char, reason: c_int) => DomainEvent::TrayChange {
        device: text(device),
        reason: label(labels::TRAY_CHANGE, reason),
    };
    // The number that these three carry means nothing: libvirt always sends 0.
    pm_wakeup(_reason: c_int) => DomainEvent::PmWakeup;
    pm_suspend(_reason: c_int) => DomainEvent::PmSuspend;
    pm_suspend_disk(_reason: c_int) => DomainEvent::PmSuspendDisk;
    balloon_change(actual_kib: c_ulonglong) => DomainEvent::BalloonChange { actual_kib };
    device_removed(device: *const c_char) => DomainEvent::DeviceRemoved { device: text(device) };
    device_added(device: *const c_char) => DomainEvent::DeviceAdded { device: text(device) };
    device_removal_failed(device: *const c_char) => DomainEvent::DeviceRemovalFailed {
        device: text(device),
    };
    tunable(list: sys::virTypedParameterPtr, count: c_int) => DomainEvent::Tunable {
        params: params::read(list, count),
    };
    job_completed(list: sys::virTypedParameterPtr, count: c_int) => DomainEvent::JobCompleted {
        params: params::read(list, count),
    };
    agent_lifecycle(state: c_int, reason: c_int) => DomainEvent::AgentLifecycle {
        state: label(labels::CHANNEL_STATE, state),
        reason: label(labels::CHANNEL_REASON, reason),
    };
    channel_lifecycle(
        channel: *const c_char,
        state: c_int,
        reason: c_int
    ) => DomainEvent::ChannelLifecycle {
        channel: text(channel),
        state: label(labels::CHANNEL_STATE, state),
        reason: label(labels::CHANNEL_REASON, reason),
    };
    migration_iteration(iteration: c_int) => DomainEvent::MigrationIteration {
        iteration: i64::from(iteration),
    };
    metadata_change(kind: c_int, uri: *const c_char) => DomainEvent::MetadataChange {
        kind: label(labels::METADATA, kind),
        uri: ffi::copy(uri),
    };
    block_threshold(
        device: *const c_char,
        path: *const c_char,
        threshold: c_ulonglong,
        excess: c_ulonglong
    ) => DomainEvent::BlockThreshold {
        device: text(device),
        path: ffi::copy(path),
        threshold,
        excess,
    };
    memory_failure(recipient: c_int, action: c_int, flags: c_uint) => DomainEvent::MemoryFailure {
        recipient: label(labels::MEMORY_FAILURE_RECIPIENT, recipient),
        action: label(labels::MEMORY_FAILURE_ACTION, action),
        action_required: flags & sys::VIR_DOMAIN_MEMORY_FAILURE_ACTION_REQUIRED != 0,
        recursive: flags & sys::VIR_DOMAIN_MEMORY_FAILURE_RECURSIVE != 0,
    };
    memory_device_size_change(
        device: *const c_char,
        size_kib: c_ulonglong
    ) => DomainEvent::MemoryDeviceSizeChange { device: text(device), size_kib };
    nic_mac_change(
        device: *const c_char,
        old_mac: *const c_char,
        new_mac: *const c_char
    ) => DomainEvent::NicMacChange {
        device: text(device),
        old_mac: text(old_mac),
        new_mac: text(new_mac),
    };
    vcpu_removed(vcpu: c_uint) => DomainEvent::VcpuRemoved { vcpu: u64::from(vcpu) };
}

/// The one callback that returns a number, which libvirt ignores.
pub(super) unsafe extern "C" fn lifecycle(
    _conn: sys::virConnectPtr,
    dom: sys::virDomainPtr,
    event: c_int,
    detail: c_int,
    opaque: *mut c_void,
) -> c_int {
    let build = || {
        let (kind, detail) = LifecycleKind::from_raw(event, detail);
        DomainEvent::Lifecycle { kind, detail }
    };
    // SAFETY: as for the other callbacks.
    unsafe { deliver_domain(opaque, dom, build) };
    0
}

/// # Safety
///
/// NULL, or an address whose texts are NULL or C strings.
unsafe fn address(raw: *const sys::virDomainEventGraphicsAddress) -> GraphicsAddress {
    // SAFETY: as the caller vouches.
    let raw = unsafe { raw.as_ref() };
    raw.map_or_else(
        || GraphicsAddress {
            family: "unknown",
            node: String::new(),
            service: String::new(),
        },
        // SAFETY: as the caller vouches.
        |raw| unsafe {
            GraphicsAddress {
                family: label(labels::GRAPHICS_FAMILY, raw.family),
                node: text(raw.node),
                service: text(raw.service),
            }
        },
    )
}

/// # Safety
///
/// NULL, or a subject with as many identities as it says.
unsafe fn identities(raw: *const sys::virDomainEventGraphicsSubject) -> Vec<(String, String)> {
    // SAFETY: as the caller vouches.
    let Some(subject) = (unsafe { raw.as_ref() }) else {
        return Vec::new();
    };
    let count = usize::try_from(subject.nidentity).unwrap_or(0);
    if subject.identities.is_null() || count == 0 {
        return Vec::new();
    }
    // SAFETY: not NULL, and the caller vouches for the count.
    let identities = unsafe { std::slice::from_raw_parts(subject.identities, count) };
    identities
        .iter()
        // SAFETY: texts are NULL or C strings.
        .map(|identity| unsafe { (text(identity.type_), text(identity.name)) })
        .collect()
}
