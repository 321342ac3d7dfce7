// SPDX-License-Identifier: GPL-3.0-or-later
//! Questions about a connection as a whole.
//!
//! Opening one is in [`crate::auth`].

use virt::connect::Connect;
use virt_sys as sys;

use crate::error::Error;
use crate::ffi::check;

/// Whether the connection still works (`virConnectIsAlive`). Asks nothing of the other side.
///
/// # Errors
///
/// libvirt cannot tell.
pub fn is_alive(conn: &Connect) -> Result<bool, Error> {
    // SAFETY: `conn` holds a reference.
    Ok(check(unsafe { sys::virConnectIsAlive(conn.as_ptr()) })? > 0)
}

/// Whether nobody can listen in: encrypted, or it never leaves this host (`virConnectIsSecure`).
///
/// # Errors
///
/// libvirt cannot tell: treat the connection as not secure.
pub fn is_secure(conn: &Connect) -> Result<bool, Error> {
    // SAFETY: `conn` holds a reference.
    Ok(check(unsafe { sys::virConnectIsSecure(conn.as_ptr()) })? > 0)
}

/// Whether the connection is encrypted (`virConnectIsEncrypted`). A local one is secure, but not
/// encrypted.
///
/// # Errors
///
/// libvirt cannot tell: treat the connection as not encrypted.
pub fn is_encrypted(conn: &Connect) -> Result<bool, Error> {
    // SAFETY: `conn` holds a reference.
    Ok(check(unsafe { sys::virConnectIsEncrypted(conn.as_ptr()) })? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_driver_is_alive_and_secure_but_not_encrypted() {
        crate::initialize().unwrap();
        let conn = Connect::open(Some("test:///default")).unwrap();
        assert!(is_alive(&conn).unwrap());
        assert!(is_secure(&conn).unwrap());
        assert!(!is_encrypted(&conn).unwrap());
    }
}
