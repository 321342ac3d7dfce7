// SPDX-License-Identifier: GPL-3.0-or-later
//! Guests: what they are, and what can be done with them.
//!
//! - [`guest`]: a guest as the inventory shows it;
//! - [`lifecycle`]: launch, stop, pause and the like, each waiting for what it promises;
//! - [`create`]: a new guest with its encrypted disk, as a job that can be undone;
//! - [`disks`]: whether their images are there;
//! - [`manage`]: its name, starting with its host, putting its state aside;
//! - [`remove`]: undefine and delete.

pub mod create;
pub mod disks;
mod firmware;
pub mod guest;
pub mod lifecycle;
pub mod manage;
pub mod remove;
mod start;

pub use self::guest::{DomainState, Guest};

use crate::error::{Error, Result};

/// Refuses a name that can name no guest, before libvirt is asked.
pub(crate) fn check_lookup_name(name: &str) -> Result<()> {
    if name.is_empty() || name.contains('\0') {
        return Err(Error::invalid(
            "The name of the virtual machine",
            "it is empty or has a NUL byte in it",
        ));
    }
    Ok(())
}
