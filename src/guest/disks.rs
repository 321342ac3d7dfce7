// SPDX-License-Identifier: GPL-3.0-or-later
//! Whether the images of a guest's disks are there.

use std::collections::HashSet;
use std::path::Path;

use crate::connection::{Class, Connection};
use crate::model::doing;
use crate::model::error::Result;
use crate::model::guest::Guest;
use crate::xml::summary::{DiskSource, DiskSummary};

/// What libvirt says, in the language of its daemon, of a file that is not there.
const NO_FILE: &str = "No such file or directory";

/// The disks of a guest, by their targets, whose files are not there. A file that can't be looked
/// for is not among them.
///
/// # Errors
/// [`crate::Error::Connection`], [`crate::Error::Connection`].
pub async fn missing(connection: &Connection, guest: &Guest) -> Result<HashSet<String>> {
    let local = connection.is_local();
    let disks = guest.summary.as_ref().map_or(&[][..], |it| &it.disks);
    // What this process sees is there; what it does not see, the daemon may.
    let doubtful: Vec<(String, String, Seen)> = disks
        .iter()
        .filter_map(|disk| {
            let path = file_of(disk)?;
            let seen = if local { look(path) } else { Seen::Unknown };
            (seen != Seen::There).then(|| (disk.target.clone(), path.to_owned(), seen))
        })
        .collect();
    if doubtful.is_empty() {
        return Ok(HashSet::new());
    }
    let uuid = guest.uuid;
    connection
        .calls()
        .run(Class::Ordinary, doing::FIND_DISK, move |driver| {
            let domain = driver.domain(uuid)?;
            let is_missing = |path: &str, seen: Seen| match domain.image_size(path) {
                // QEMU's driver gives no error for a file that is not there, but no sizes.
                Ok((seen, taken)) => seen == 0 && taken == 0,
                Err(_) if seen == Seen::Missing => true,
                Err(failure) => failure.to_string().contains(NO_FILE),
            };
            Ok(doubtful
                .into_iter()
                .filter(|(_, path, seen)| is_missing(path, *seen))
                .map(|(target, ..)| target)
                .collect())
        })
        .await
}

/// Whether this process sees a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    There,
    Missing,
    Unknown,
}

fn look(path: &str) -> Seen {
    match Path::new(path).try_exists() {
        Ok(true) => Seen::There,
        Ok(false) => Seen::Missing,
        Err(_) => Seen::Unknown,
    }
}

fn file_of(disk: &DiskSummary) -> Option<&str> {
    match disk.source.as_ref()? {
        DiskSource::File(path) | DiskSource::Block(path) | DiskSource::Directory(path) => {
            Some(path)
        }
        _ => None,
    }
}
