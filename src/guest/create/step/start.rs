// SPDX-License-Identifier: GPL-3.0-or-later
//! The guest's first start. It is not undone: its guest was defined before.

use super::{Making, Row};
use crate::driver::Domain;
use crate::guest::start::start;
use crate::job::journal::Step;
use crate::message::Message;
use crate::model::error::{Result, job};

pub(super) const ROW: Row = Row {
    name: "start",
    wanted: |plan| plan.start,
};

/// Starts the guest if the plan wants it. Blocks.
pub(in super::super) fn make(making: &mut Making<'_>, domain: &Domain) -> Result<()> {
    let plan = making.plan;
    if !plan.start {
        return Ok(());
    }
    making.step(&ROW, Step::Start { uuid: plan.uuid }, |making| {
        start(making.driver, domain)
    })
}

pub(super) fn left() -> Message {
    job::LEFT_PROCESS.into()
}
