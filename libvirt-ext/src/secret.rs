// SPDX-License-Identifier: GPL-3.0-or-later
//! Giving a passphrase to libvirt.
//!
//! Defining and undefining secrets is in the binding; when to do what is the engine's part.

use virt::secret::Secret;
use virt_sys as sys;

use crate::error::Error;
use crate::ffi::check;
use crate::memory::{LockedBuffer, ScrubFreed};

/// Sets the value of a secret (`virSecretSetValue`), and scrubs the copies that libvirt's client
/// library makes on the way. Look at [`crate::connection::is_secure`] first.
///
/// # Errors
///
/// The secret is gone, the person lacks the right, or the connection is lost.
pub fn set_value(secret: &Secret, value: &LockedBuffer) -> Result<(), Error> {
    let bytes = value.as_slice();
    let _scrub = ScrubFreed::new();
    // SAFETY: the handle is valid, and the bytes live until the call returns.
    check(unsafe { sys::virSecretSetValue(secret.as_ptr(), bytes.as_ptr(), bytes.len(), 0) })?;
    Ok(())
}
