// SPDX-License-Identifier: GPL-3.0-or-later
//! The C functions that libvirt calls for networks, storage pools, node devices, secrets and
//! the end of a connection. The same rules hold as for guests' callbacks.

use std::ffi::{c_char, c_int, c_void};

use uuid::Uuid;
use virt_sys as sys;

use super::labels::{self, label};
use super::subscription::{Slot, deliver};
use super::{CloseReason, Event, NetworkEvent, NodeDeviceEvent, SecretEvent, StoragePoolEvent};
use crate::ffi::{self, UUID_LEN};

/// Defines a C function; `$build` gives an optional [`Event`].
macro_rules! callback {
    ($name:ident($object:ident: $handle:ty $(, $arg:ident: $kind:ty)*) => $build:expr) => {
        pub(super) unsafe extern "C" fn $name(
            _conn: sys::virConnectPtr,
            $object: $handle,
            $($arg: $kind,)*
            opaque: *mut c_void,
        ) {
            // SAFETY: libvirt calls with the slot that this function was registered with, a
            // valid handle, and texts that are NULL or C strings, all for the length of the call.
            unsafe { deliver(opaque, |_: &Slot| $build) };
        }
    };
}

callback!(network_lifecycle(net: sys::virNetworkPtr, action: c_int, _detail: c_int) =>
    network(net, NetworkEvent::Lifecycle { action: label(labels::NETWORK, action) }));
callback!(network_metadata_change(net: sys::virNetworkPtr, kind: c_int, uri: *const c_char) =>
network(net, NetworkEvent::MetadataChange {
    kind: label(labels::METADATA, kind),
    uri: ffi::copy(uri),
}));
callback!(pool_lifecycle(pool: sys::virStoragePoolPtr, action: c_int, _detail: c_int) =>
storage_pool(pool, StoragePoolEvent::Lifecycle {
    action: label(labels::STORAGE_POOL, action),
}));
callback!(pool_refresh(pool: sys::virStoragePoolPtr) =>
    storage_pool(pool, StoragePoolEvent::Refresh));
callback!(device_lifecycle(device: sys::virNodeDevicePtr, action: c_int, _detail: c_int) =>
node_device(device, NodeDeviceEvent::Lifecycle {
    action: label(labels::NODE_DEVICE, action),
}));
callback!(device_update(device: sys::virNodeDevicePtr) =>
    node_device(device, NodeDeviceEvent::Update));
callback!(secret_lifecycle(object: sys::virSecretPtr, action: c_int, _detail: c_int) =>
    secret(object, SecretEvent::Lifecycle { action: label(labels::SECRET, action) }));
callback!(secret_value_changed(object: sys::virSecretPtr) =>
    secret(object, SecretEvent::ValueChanged));

/// Called once, when the connection ends; maybe on another thread than the event loop's, and
/// with libvirt's lock on its close data held.
pub(super) unsafe extern "C" fn closed(
    _conn: sys::virConnectPtr,
    reason: c_int,
    opaque: *mut c_void,
) {
    let build = |_: &Slot| {
        Some(Event::Closed {
            reason: CloseReason::from_raw(reason),
        })
    };
    // SAFETY: libvirt calls with the slot that this function was registered with.
    unsafe { deliver(opaque, build) };
}

/// # Safety
///
/// `net` is NULL or valid.
unsafe fn network(net: sys::virNetworkPtr, event: NetworkEvent) -> Option<Event> {
    if net.is_null() {
        return None;
    }
    let mut uuid = [0; UUID_LEN];
    // SAFETY: the handle is valid, the array has room for a UUID.
    let name = unsafe {
        if sys::virNetworkGetUUID(net, uuid.as_mut_ptr()) < 0 {
            return None;
        }
        ffi::copy(sys::virNetworkGetName(net))?
    };
    Some(Event::Network {
        name,
        uuid: Uuid::from_bytes(uuid),
        event,
    })
}

/// # Safety
///
/// `pool` is NULL or valid.
unsafe fn storage_pool(pool: sys::virStoragePoolPtr, event: StoragePoolEvent) -> Option<Event> {
    if pool.is_null() {
        return None;
    }
    let mut uuid = [0; UUID_LEN];
    // SAFETY: the handle is valid, the array has room for a UUID.
    let name = unsafe {
        if sys::virStoragePoolGetUUID(pool, uuid.as_mut_ptr()) < 0 {
            return None;
        }
        ffi::copy(sys::virStoragePoolGetName(pool))?
    };
    Some(Event::StoragePool {
        name,
        uuid: Uuid::from_bytes(uuid),
        event,
    })
}

/// # Safety
///
/// `device` is NULL or valid.
unsafe fn node_device(device: sys::virNodeDevicePtr, event: NodeDeviceEvent) -> Option<Event> {
    if device.is_null() {
        return None;
    }
    // SAFETY: the handle is valid.
    let name = unsafe { ffi::copy(sys::virNodeDeviceGetName(device)) }?;
    Some(Event::NodeDevice { name, event })
}

/// # Safety
///
/// `secret` is NULL or valid.
unsafe fn secret(secret: sys::virSecretPtr, event: SecretEvent) -> Option<Event> {
    if secret.is_null() {
        return None;
    }
    let mut uuid = [0; UUID_LEN];
    // SAFETY: the handle is valid, the array has room for a UUID; the usage is the handle's own
    // text, and both calls read the handle only.
    let (usage_type, usage_id) = unsafe {
        if sys::virSecretGetUUID(secret, uuid.as_mut_ptr()) < 0 {
            return None;
        }
        (
            sys::virSecretGetUsageType(secret),
            ffi::copy(sys::virSecretGetUsageID(secret)).unwrap_or_default(),
        )
    };
    Some(Event::Secret {
        uuid: Uuid::from_bytes(uuid),
        usage_type: label(labels::SECRET_USAGE, usage_type),
        usage_id,
        event,
    })
}
