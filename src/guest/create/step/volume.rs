// SPDX-License-Identifier: GPL-3.0-or-later
//! The disk's volume.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{Found, Making, Row, Undoing};
use crate::driver::Driver;
use crate::job::journal::Step;
use crate::message::Message;
use crate::model::error::{Error, NotUndone, Result, StorageError, job};
use crate::storage::{self, Deleted};

pub(super) const ROW: Row = Row {
    name: "volume",
    wanted: |plan| plan.disk.is_some(),
};

/// Makes the volume if the plan has a disk. Blocks.
pub(in super::super) fn make(making: &mut Making<'_>) -> Result<()> {
    let Some(disk) = &making.plan.disk else {
        return Ok(());
    };
    let entry = Step::Volume {
        pool: disk.pool.name.clone(),
        pool_uuid: Some(disk.pool.uuid),
        name: disk.volume.clone(),
        path: disk.path.clone(),
        own_name: true,
    };
    making.step(&ROW, entry, |making| {
        storage::make_volume(making.driver, &disk.pool, &disk.document, |attempt| {
            making.control.again(attempt)
        })
        .map(drop)
    })
}

/// Deletes the volume, if its name proves that it is the job's own.
pub(super) fn undo(undoing: &Undoing<'_>, step: &Step) -> Result<Found> {
    let Step::Volume {
        pool,
        pool_uuid,
        name,
        path,
        own_name,
    } = step
    else {
        return Err(Error::Internal("a step that is no volume".into()));
    };
    let Some(uuid) = pool_uuid.filter(|_| *own_name) else {
        return Err(undoing.refuse(NotUndone::NotProven { path: path.clone() }));
    };
    if storage::is_other_pool(undoing.driver, pool, uuid)? {
        return Err(undoing.refuse(NotUndone::OtherPool { pool: pool.clone() }));
    }
    let deadline = undoing.patience.map(|patience| Instant::now() + patience);
    let deleted = delete_patiently(undoing.driver, (pool, uuid), name, path, deadline)?;
    Ok(match deleted {
        Deleted::NotFound => Found::Missing,
        Deleted::Gone => Found::Undone,
    })
}

/// After a `kill -9` the daemon may still be making the volume, and refuses to delete it then.
fn delete_patiently(
    driver: &Driver,
    pool: (&str, Uuid),
    name: &str,
    path: &str,
    deadline: Option<Instant>,
) -> Result<Deleted> {
    loop {
        match storage::delete_volume(driver, pool, name, path) {
            Err(
                Error::Libvirt { .. }
                | Error::Storage(
                    StorageError::StillThere { .. }
                    | StorageError::UseUnknown { .. }
                    | StorageError::InUse {
                        by_process: true, ..
                    },
                ),
            ) if deadline.is_some_and(|deadline| Instant::now() < deadline) => {
                std::thread::sleep(Duration::from_millis(500));
            }
            result => return result,
        }
    }
}

pub(super) fn left(path: &str) -> Message {
    job::LEFT_DISK.with("path", path)
}
