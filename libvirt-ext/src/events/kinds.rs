// SPDX-License-Identifier: GPL-3.0-or-later
//! The list of everything that can be registered: number, virsh's name, C function.

use std::ffi::{c_int, c_void};

use virt_sys as sys;

use super::{callbacks as domain, object_callbacks as object};
use crate::error::code;
use crate::ffi::{ConnectRef, check};

/// The class of object, each with a pair of calls of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Domain,
    Network,
    StoragePool,
    NodeDevice,
    Secret,
}

/// One event that can be registered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub class: Class,
    pub id: c_int,
    /// The class and virsh's name of the event, such as "domain/lifecycle".
    pub name: &'static str,
    /// The C function without its type, as libvirt's generic register call wants it.
    callback: *const (),
}

// SAFETY: the pointer is that of a function, which is valid everywhere and for ever.
unsafe impl Sync for Kind {}

const fn kind(class: Class, id: u32, name: &'static str, callback: *const ()) -> Kind {
    Kind {
        class,
        id: code(id),
        name,
        callback,
    }
}

macro_rules! table {
    ($($class:ident $id:ident $name:literal $callback:path;)*) => {
        &[$(kind(Class::$class, sys::$id, $name, $callback as *const ())),*]
    };
}

/// All of them, those of guests first.
pub(super) static KINDS: &[Kind] = table! {
    Domain VIR_DOMAIN_EVENT_ID_LIFECYCLE "domain/lifecycle" domain::lifecycle;
    Domain VIR_DOMAIN_EVENT_ID_REBOOT "domain/reboot" domain::reboot;
    Domain VIR_DOMAIN_EVENT_ID_RTC_CHANGE "domain/rtc-change" domain::rtc_change;
    Domain VIR_DOMAIN_EVENT_ID_WATCHDOG "domain/watchdog" domain::watchdog;
    Domain VIR_DOMAIN_EVENT_ID_IO_ERROR "domain/io-error" domain::io_error;
    Domain VIR_DOMAIN_EVENT_ID_GRAPHICS "domain/graphics" domain::graphics;
    Domain VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON "domain/io-error-reason" domain::io_error_reason;
    Domain VIR_DOMAIN_EVENT_ID_CONTROL_ERROR "domain/control-error" domain::control_error;
    Domain VIR_DOMAIN_EVENT_ID_BLOCK_JOB "domain/block-job" domain::block_job;
    Domain VIR_DOMAIN_EVENT_ID_DISK_CHANGE "domain/disk-change" domain::disk_change;
    Domain VIR_DOMAIN_EVENT_ID_TRAY_CHANGE "domain/tray-change" domain::tray_change;
    Domain VIR_DOMAIN_EVENT_ID_PMWAKEUP "domain/pm-wakeup" domain::pm_wakeup;
    Domain VIR_DOMAIN_EVENT_ID_PMSUSPEND "domain/pm-suspend" domain::pm_suspend;
    Domain VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE "domain/balloon-change" domain::balloon_change;
    Domain VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK "domain/pm-suspend-disk" domain::pm_suspend_disk;
    Domain VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED "domain/device-removed" domain::device_removed;
    Domain VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2 "domain/block-job-2" domain::block_job_2;
    Domain VIR_DOMAIN_EVENT_ID_TUNABLE "domain/tunable" domain::tunable;
    Domain VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE "domain/agent-lifecycle" domain::agent_lifecycle;
    Domain VIR_DOMAIN_EVENT_ID_DEVICE_ADDED "domain/device-added" domain::device_added;
    Domain VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION "domain/migration-iteration"
        domain::migration_iteration;
    Domain VIR_DOMAIN_EVENT_ID_JOB_COMPLETED "domain/job-completed" domain::job_completed;
    Domain VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED "domain/device-removal-failed"
        domain::device_removal_failed;
    Domain VIR_DOMAIN_EVENT_ID_METADATA_CHANGE "domain/metadata-change" domain::metadata_change;
    Domain VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD "domain/block-threshold" domain::block_threshold;
    Domain VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE "domain/memory-failure" domain::memory_failure;
    Domain VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE "domain/memory-device-size-change"
        domain::memory_device_size_change;
    Domain VIR_DOMAIN_EVENT_ID_NIC_MAC_CHANGE "domain/nic-mac-change" domain::nic_mac_change;
    Domain VIR_DOMAIN_EVENT_ID_VCPU_REMOVED "domain/vcpu-removed" domain::vcpu_removed;
    Domain VIR_DOMAIN_EVENT_ID_CHANNEL_LIFECYCLE "domain/channel-lifecycle"
        domain::channel_lifecycle;
    Network VIR_NETWORK_EVENT_ID_LIFECYCLE "network/lifecycle" object::network_lifecycle;
    Network VIR_NETWORK_EVENT_ID_METADATA_CHANGE "network/metadata-change"
        object::network_metadata_change;
    StoragePool VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE "storage-pool/lifecycle"
        object::pool_lifecycle;
    StoragePool VIR_STORAGE_POOL_EVENT_ID_REFRESH "storage-pool/refresh" object::pool_refresh;
    NodeDevice VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE "node-device/lifecycle"
        object::device_lifecycle;
    NodeDevice VIR_NODE_DEVICE_EVENT_ID_UPDATE "node-device/update" object::device_update;
    Secret VIR_SECRET_EVENT_ID_LIFECYCLE "secret/lifecycle" object::secret_lifecycle;
    Secret VIR_SECRET_EVENT_ID_VALUE_CHANGED "secret/value-changed" object::secret_value_changed;
};

/// Registers one event for all objects (`virConnect*EventRegisterAny`); gives its number for
/// deregistering.
///
/// # Errors
///
/// libvirt refuses; it then has not taken `opaque` over.
///
/// # Safety
///
/// `opaque` is a slot that `free` frees, and stays valid until libvirt calls `free`.
pub(super) unsafe fn register(
    conn: &ConnectRef,
    kind: &Kind,
    opaque: *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
) -> Result<c_int, crate::Error> {
    type Function = unsafe extern "C" fn();
    // SAFETY: the pointer is that of a C function, and a function pointer has one size. libvirt
    // calls it with the signature that belongs to the event's number, which is its real one.
    let callback = unsafe { std::mem::transmute::<*const (), Function>(kind.callback) };
    let (conn, any, free) = (conn.as_ptr(), std::ptr::null_mut::<c_void>(), Some(free));
    // SAFETY: the connection is valid; NULL stands for all objects; the transmutes give the
    // function the generic type of its class, as libvirt's VIR_*_EVENT_CALLBACK macros do.
    check(unsafe {
        match kind.class {
            Class::Domain => {
                let any = any.cast();
                let callback = std::mem::transmute::<
                    Function,
                    sys::virConnectDomainEventGenericCallback,
                >(callback);
                sys::virConnectDomainEventRegisterAny(conn, any, kind.id, callback, opaque, free)
            }
            Class::Network => {
                let callback = std::mem::transmute::<
                    Function,
                    sys::virConnectNetworkEventGenericCallback,
                >(callback);
                let any = any.cast();
                sys::virConnectNetworkEventRegisterAny(conn, any, kind.id, callback, opaque, free)
            }
            Class::StoragePool => {
                let callback = std::mem::transmute::<
                    Function,
                    sys::virConnectStoragePoolEventGenericCallback,
                >(callback);
                let any = any.cast();
                sys::virConnectStoragePoolEventRegisterAny(
                    conn, any, kind.id, callback, opaque, free,
                )
            }
            Class::NodeDevice => {
                let callback = std::mem::transmute::<
                    Function,
                    sys::virConnectNodeDeviceEventGenericCallback,
                >(callback);
                let any = any.cast();
                sys::virConnectNodeDeviceEventRegisterAny(
                    conn, any, kind.id, callback, opaque, free,
                )
            }
            Class::Secret => {
                let callback = std::mem::transmute::<
                    Function,
                    sys::virConnectSecretEventGenericCallback,
                >(callback);
                let any = any.cast();
                sys::virConnectSecretEventRegisterAny(conn, any, kind.id, callback, opaque, free)
            }
        }
    })
}

/// Deregisters by the number that [`register`] gave. A failure (the connection is lost) leaves
/// nothing to do: libvirt drops its own part all the same.
pub(super) fn deregister(conn: &ConnectRef, class: Class, number: c_int) {
    let conn = conn.as_ptr();
    // SAFETY: the connection is valid; a number that is not registered is refused.
    unsafe {
        match class {
            Class::Domain => sys::virConnectDomainEventDeregisterAny(conn, number),
            Class::Network => sys::virConnectNetworkEventDeregisterAny(conn, number),
            Class::StoragePool => sys::virConnectStoragePoolEventDeregisterAny(conn, number),
            Class::NodeDevice => sys::virConnectNodeDeviceEventDeregisterAny(conn, number),
            Class::Secret => sys::virConnectSecretEventDeregisterAny(conn, number),
        }
    };
}
