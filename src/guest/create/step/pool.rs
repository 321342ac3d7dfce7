// SPDX-License-Identifier: GPL-3.0-or-later
//! The storage pool, where there was none to take the disk.

use uuid::Uuid;

use super::{Found, Making, Row, Undoing};
use crate::job::journal::Step;
use crate::message::Message;
use crate::model::error::{NotUndone, Result, job};
use crate::storage;

pub(super) const ROW: Row = Row {
    name: "pool",
    wanted: |plan| {
        plan.disk
            .as_ref()
            .is_some_and(|disk| disk.pool.make.is_some())
    },
};

/// Makes the pool if the plan has one to make. Blocks.
pub(in super::super) fn make(making: &mut Making<'_>) -> Result<()> {
    let plan = making.plan;
    let Some(pool) = plan.disk.as_ref().map(|disk| &disk.pool) else {
        return Ok(());
    };
    let Some(folder) = &pool.make else {
        return Ok(());
    };
    let entry = Step::Pool {
        name: pool.name.clone(),
        uuid: Some(pool.uuid),
    };
    making.step(&ROW, entry, |making| {
        storage::make_pool(making.driver, &pool.name, pool.uuid, folder)
    })
}

/// Removes the pool if nothing came into it.
pub(super) fn undo(undoing: &Undoing<'_>, name: &str, uuid: Option<Uuid>) -> Result<Found> {
    let Some(uuid) = uuid else {
        let pool = name.to_owned();
        return Err(undoing.refuse(NotUndone::OtherPool { pool }));
    };
    storage::remove_empty_pool(undoing.driver, uuid, undoing.record.id)?;
    Ok(Found::Undone)
}

pub(super) fn left(name: &str) -> Message {
    job::LEFT_POOL.named(name)
}
