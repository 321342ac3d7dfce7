// SPDX-License-Identifier: GPL-3.0-or-later
//! What the kernel holds for a guest on this host: control groups, read from `/proc` and `/sys`.
//!
//! - [`GuestProcess`] finds a guest's process, [`GuestCgroup`] the folder that libvirt made for
//!   it, in version 1, version 2 or a host that has both.
//! - [`KernelValue`] is a number as the kernel shows it, with the file that it stands in.
//! - [`watch`] tells when those files are written, for libvirt has no event for most of them.
//!
//! Owns no libvirt connection and writes nothing. Each function takes the root of the file
//! system (`/`, or a recorded tree in tests). All but [`watch`] read files and block for it:
//! call them off the async threads.

mod mounts;
mod process;
mod range;
pub(crate) mod subject;
#[cfg(test)]
mod tests;
mod value;
mod watch;

use std::path::{Path, PathBuf};

pub use mounts::{CgroupVersion, GuestCgroup};
pub use process::{Guest, GuestProcess};
pub use range::ControlRange;
pub use value::{KernelNumber, KernelValue};
pub use watch::{Changes, watch};

/// Why the kernel's values can't be had.
#[derive(Debug, thiserror::Error)]
pub enum CgroupError {
    /// No process on this host belongs to the guest.
    #[error("No running process of the guest \"{name}\" was found on this computer")]
    NotRunning {
        /// The guest's name.
        name: String,
    },
    /// The guest runs outside any control group of libvirt's: the case of every guest of an
    /// unprivileged session.
    #[error(
        "The guest has no control group of its own, so its share of the computer can't be set \
         or read (its process {pid} is in \"{group}\")"
    )]
    NotConfined {
        /// The process.
        pid: u32,
        /// The group that it is in.
        group: String,
    },
    /// The host does not offer a controller, or not to us.
    #[error("This computer offers no control group for {controller}")]
    NoController {
        /// The controller: `cpu` or `memory`.
        controller: &'static str,
    },
    /// A file can't be read.
    #[error("The file {path} can't be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file holds no number.
    #[error("The file {path} holds \"{raw}\", which is no number")]
    Number {
        /// The file.
        path: PathBuf,
        /// What it holds.
        raw: String,
    },
    /// Files can't be watched.
    #[error("Changes made by other programs can't be followed: inotify refused")]
    Watch(#[source] std::io::Error),
}

impl CgroupError {
    /// Whether the guest is merely not running (any more).
    pub fn is_gone(&self) -> bool {
        match self {
            Self::NotRunning { .. } => true,
            // ESRCH and ENODEV: the process or its group ended while it was read.
            Self::Read { source, .. } => {
                source.kind() == std::io::ErrorKind::NotFound
                    || matches!(source.raw_os_error(), Some(3 | 19))
            }
            _ => false,
        }
    }
}

/// A path of the host, below `root`.
fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn read(path: &Path) -> Result<String, CgroupError> {
    let bytes = std::fs::read(path).map_err(|source| CgroupError::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
