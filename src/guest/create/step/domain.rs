// SPDX-License-Identifier: GPL-3.0-or-later
//! The guest's definition. What is defined stays: whatever happens after that, somebody may be
//! using it.

use uuid::Uuid;

use super::{Found, Making, Row, Undoing};
use crate::driver::{Domain, Driver};
use crate::job::journal::{Record, Step};
use crate::message::Message;
use crate::model::doing;
use crate::model::error::{Error, NotUndone, Result, Thing, job};

use super::super::plan::Plan;

pub(super) const ROW: Row = Row {
    name: "domain",
    wanted: |_| true,
};

/// Defines the guest, and gives its handle. Blocks.
pub(in super::super) fn make(making: &mut Making<'_>) -> Result<Domain> {
    let plan = making.plan;
    let entry = Step::Domain { uuid: plan.uuid };
    making.step(&ROW, entry, |making| {
        let driver = making.driver;
        driver.define(&plan.document).map_err(|failure| {
            let error = driver.failed(doing::DEFINE.named(&plan.name), failure);
            taken_meanwhile(driver, plan, error)
        })
    })
}

/// The name was free when the plan was made; libvirt says that it is not by its words alone.
fn taken_meanwhile(driver: &Driver, plan: &Plan, error: Error) -> Error {
    if !driver
        .uuid_by_name(&plan.name)
        .is_ok_and(|found| found.is_some())
    {
        return error;
    }
    Error::Exists {
        thing: Thing::Guest,
        name: plan.name.clone(),
        uri: driver.uri.clone(),
    }
}

/// Never undefines: a guest that is there is complete.
pub(super) fn undo(undoing: &Undoing<'_>, uuid: Uuid) -> Result<Found> {
    let driver = undoing.driver;
    let found = driver
        .find_domain(uuid)
        .map_err(|failure| driver.failed(doing::FIND_GUEST, failure))?;
    if found.is_some() {
        return Ok(Found::Complete);
    }
    // The journal has no word of libvirt's that it refused.
    Err(undoing.refuse(NotUndone::MayHaveBeenUsed))
}

pub(super) fn left(record: &Record) -> Message {
    job::LEFT_GUEST.named(&record.domain)
}
