// SPDX-License-Identifier: GPL-3.0-or-later
//! What the crate with the `unsafe` code has that is not libvirt's: guarded memory, and who we are.

pub(crate) use libvirt_ext::Error as MemoryError;
pub(crate) use libvirt_ext::memory::{LockedBuffer, ScrubFreed};
pub(crate) use libvirt_ext::own_uid;
