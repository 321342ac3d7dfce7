// SPDX-License-Identifier: GPL-3.0-or-later
//! The small steps over the border to C that every module needs: strings, results, references.
//!
//! It knows nothing of what the calls mean.

use std::ffi::{CStr, CString, c_char, c_int};

use uuid::Uuid;
use virt::connect::Connect;
use virt_sys as sys;

use crate::error::Error;

/// A copy of a C string; `None` for NULL. Bytes that are not UTF-8 become replacement characters.
///
/// # Safety
///
/// `text` is NULL or points to a string with a zero at its end.
pub(crate) unsafe fn copy(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, and the caller vouches for the zero at its end.
    let text = unsafe { CStr::from_ptr(text) };
    Some(text.to_string_lossy().into_owned())
}

/// The same, and the C string is freed.
///
/// # Safety
///
/// `text` is NULL or a string from libvirt that the caller has to free.
pub(crate) unsafe fn take(text: *mut c_char) -> Option<String> {
    // SAFETY: as the caller vouches.
    let copied = unsafe { copy(text) };
    // SAFETY: libvirt allocates its strings with malloc; free takes NULL too.
    unsafe { libc::free(text.cast()) };
    copied
}

/// A Rust text as a C string.
pub(crate) fn c_string(text: &str, what: &'static str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::ZeroByte { what })
}

/// libvirt's usual result: below zero is a failure, whose error is read at once.
pub(crate) fn check(result: c_int) -> Result<c_int, Error> {
    if result < 0 {
        Err(Error::last())
    } else {
        Ok(result)
    }
}

/// A reference to a connection that never panics when it ends, unlike the binding's own.
#[derive(Debug)]
pub(crate) struct ConnectRef(sys::virConnectPtr);

// SAFETY: libvirt's connections are counted and may be used from any thread.
unsafe impl Send for ConnectRef {}
// SAFETY: as above; this type gives out the pointer alone.
unsafe impl Sync for ConnectRef {}

impl ConnectRef {
    /// Adds a reference.
    pub(crate) fn new(conn: &Connect) -> Result<Self, Error> {
        // SAFETY: `conn` holds a reference, so the pointer is valid.
        let ptr = unsafe { conn.as_ptr() };
        // SAFETY: as above.
        check(unsafe { sys::virConnectRef(ptr) })?;
        Ok(Self(ptr))
    }

    /// The pointer, valid as long as `self`.
    pub(crate) fn as_ptr(&self) -> sys::virConnectPtr {
        self.0
    }
}

impl Drop for ConnectRef {
    fn drop(&mut self) {
        // SAFETY: we own one reference. A failure leaves nothing to do.
        unsafe { sys::virConnectClose(self.0) };
    }
}

/// Name, UUID and number (while running) of a guest. Reads the handle only: no call to a daemon.
///
/// # Safety
///
/// `dom` is NULL or a valid handle.
pub(crate) unsafe fn domain_identity(
    dom: sys::virDomainPtr,
) -> Option<(String, Uuid, Option<u32>)> {
    if dom.is_null() {
        return None;
    }
    let mut uuid = [0; UUID_LEN];
    // SAFETY: the handle is valid; the array has room for a UUID.
    unsafe {
        let name = copy(sys::virDomainGetName(dom))?;
        if sys::virDomainGetUUID(dom, uuid.as_mut_ptr()) < 0 {
            return None;
        }
        let id = sys::virDomainGetID(dom);
        Some((name, Uuid::from_bytes(uuid), (id != u32::MAX).then_some(id)))
    }
}

/// The length of a UUID in bytes (`VIR_UUID_BUFLEN`).
pub(crate) const UUID_LEN: usize = 16;
