// SPDX-License-Identifier: GPL-3.0-or-later
//! Who this process is to the kernel, which takes a call without a safe wrapper.

/// The number of the account that this process acts as (geteuid(2)).
pub fn own_uid() -> u32 {
    // SAFETY: geteuid takes nothing and always succeeds.
    unsafe { libc::geteuid() }
}
