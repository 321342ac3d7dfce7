// SPDX-License-Identifier: GPL-3.0-or-later
//! Memory for passphrases: never in a core dump, not on swap where the system lets us, wiped
//! when no longer needed.
//!
//! [`LockedBuffer`] holds the bytes that are ours. [`ScrubFreed`] covers for the C libraries
//! that copy them on their way. What a daemon or QEMU keeps is beyond this process.

mod locked;
mod scrub;

pub use locked::LockedBuffer;
pub use scrub::ScrubFreed;
