// SPDX-License-Identifier: GPL-3.0-or-later
//! Guests: what they are, and what can be done with them.
//!
//! - [`lifecycle`]: launch, stop, pause and the like, each waiting for what it promises;
//! - [`create`]: a new guest with its encrypted disk, as a job that can be undone;
//! - [`disks`]: whether their images are there;
//! - [`manage`]: its name, starting with its host, putting its state aside;
//! - [`remove`]: undefine and delete.

pub mod create;
pub mod disks;
mod firmware;
mod install;
pub mod lifecycle;
pub mod manage;
pub mod remove;
mod start;

pub use crate::model::guest::{DomainState, Guest};

use crate::driver::Driver;
use crate::model::doing;
use crate::model::error::Result;

/// Whether there is a guest of that name. Blocks.
fn is_name_taken(driver: &Driver, name: &str) -> Result<bool> {
    let found = driver
        .uuid_by_name(name)
        .map_err(|failure| driver.failed(doing::FIND_NAME, failure))?;
    Ok(found.is_some())
}
