// SPDX-License-Identifier: GPL-3.0-or-later
//! Ending the process while libvirt's threads live.

/// Ends the process at once, without running what libraries registered for its end.
///
/// A call into libvirt can't be stopped, and the event loop's thread never ends. If the exit
/// handlers of the libraries below (GnuTLS, libssh, `GLib`) ran beside them, those threads would use
/// freed memory; seen as an abort in `malloc`. Flush what is to be written first.
pub fn exit_now(code: u8) -> ! {
    // SAFETY: `_exit` only ends the process.
    unsafe { libc::_exit(i32::from(code)) }
}
