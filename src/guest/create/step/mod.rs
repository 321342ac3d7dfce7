// SPDX-License-Identifier: GPL-3.0-or-later
//! The steps of a creation: a file each, with the step's name, when a plan has it, how it is done,
//! how it is undone if it is, and what is said of one that a crash left.
//!
//! Here stand their order ([`ROWS`]), what surrounds the doing of each at the hypervisor
//! ([`Making::step`]), and the ways from a journal's entry to its step ([`undo`], [`left`]).

pub(super) mod domain;
pub(super) mod key;
pub(super) mod pool;
pub(super) mod start;
pub(super) mod volume;

use std::time::{Duration, Instant};

use super::plan::Plan;
use crate::driver::Driver;
use crate::job::journal::{Journal, Record, Step};
use crate::job::{JobControl, fault};
use crate::message::Message;
use crate::model::error::{ConnectionError, Error, JobError, NotUndone, Result};

/// One kind of step.
struct Row {
    /// Its name in progress, in the log of times, and for `fault`.
    name: &'static str,
    /// Whether a plan has it.
    wanted: fn(&Plan) -> bool,
}

/// All steps, in the order in which they are done.
const ROWS: [Row; 5] = [key::ROW, pool::ROW, volume::ROW, domain::ROW, start::ROW];

/// The names of a plan's steps, in order.
pub(super) fn names(plan: &Plan) -> impl Iterator<Item = &'static str> {
    ROWS.iter()
        .filter(|row| (row.wanted)(plan))
        .map(|row| row.name)
}

impl Plan {
    /// The steps that it takes, by the names that progress has.
    pub fn steps(&self) -> Vec<&'static str> {
        names(self).collect()
    }
}

/// Reports the step that begins now, and stops here if the person wants to.
fn begin(plan: &Plan, control: &JobControl, row: &Row) -> Result<()> {
    control.check()?;
    let index = names(plan).position(|name| name == row.name).unwrap_or(0);
    control.begin(index + 1, names(plan).count(), row.name);
    Ok(())
}

/// What a step at the hypervisor is done with.
pub(super) struct Making<'a> {
    pub driver: &'a Driver,
    pub plan: &'a Plan,
    pub journal: &'a mut Journal,
    pub control: &'a JobControl,
}

impl Making<'_> {
    /// Does one step, written down before and after. Blocks.
    fn step<T>(
        &mut self,
        row: &Row,
        entry: Step,
        act: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        begin(self.plan, self.control, row)?;
        self.journal.begin(entry)?;
        fault::point(&format!("{}-begun", row.name));
        let done = if fault::fails(row.name) {
            let why = format!("a test wants the step {} to fail", row.name);
            Err(Error::Internal(why))
        } else {
            timed(row.name, || act(self))
        };
        match done {
            Ok(done) => {
                self.journal.done()?;
                fault::point(row.name);
                Ok(done)
            }
            Err(error) => {
                self.not_made(&error);
                Err(error)
            }
        }
    }

    /// Where libvirt says that it did not do the step, there is nothing of it to undo, and what may
    /// be there under the same name is somebody else's. A lost connection says nothing.
    fn not_made(&mut self, error: &Error) {
        if !matches!(error, Error::Connection(ConnectionError::Lost { .. }))
            && let Err(unwritten) = self.journal.undone()
        {
            tracing::warn!(error = %unwritten, "the journal could not be written");
        }
    }
}

/// Does a step's calls, and logs their time for `make bench`.
fn timed<T>(step: &str, act: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let result = act();
    tracing::debug!(
        target: "oriel::timing",
        call = step,
        ms = begin.elapsed().as_secs_f64() * 1e3,
        "libvirt"
    );
    result
}

/// What a step is undone with.
pub(super) struct Undoing<'a> {
    pub driver: &'a Driver,
    pub record: &'a Record,
    /// How long something that is still being made is waited for.
    pub patience: Option<Duration>,
}

impl Undoing<'_> {
    fn refuse(&self, why: NotUndone) -> Error {
        Error::Job(JobError::NotUndone {
            name: self.record.domain.clone(),
            why,
        })
    }
}

/// What was found when a step was to be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing of it is there now.
    Undone,
    /// Its guest is there, so that the whole job is complete.
    Complete,
    /// It is not where it was made, which proves nothing.
    Missing,
    /// It is not at the hypervisor, and its turn comes last.
    Elsewhere,
}

/// Undoes one step at the hypervisor. Blocks.
///
/// # Errors
/// [`Error::Job`] for what is not proven to be the job's own; whatever could not be undone.
pub(super) fn undo(undoing: &Undoing<'_>, step: &Step) -> Result<Found> {
    match step {
        Step::Key { .. } => Ok(Found::Elsewhere),
        Step::Pool { name, uuid } => pool::undo(undoing, name, *uuid),
        Step::Volume { .. } => volume::undo(undoing, step),
        Step::Domain { uuid } => domain::undo(undoing, *uuid),
        Step::Start { .. } => Ok(Found::Complete),
    }
}

/// What is said of a step that a crash left.
pub(super) fn left(record: &Record, step: &Step) -> Message {
    match step {
        Step::Key { secret } => key::left(*secret),
        Step::Pool { name, .. } => pool::left(name),
        Step::Volume { path, .. } => volume::left(path),
        Step::Domain { .. } => domain::left(record),
        Step::Start { .. } => start::left(),
    }
}
