// SPDX-License-Identifier: GPL-3.0-or-later
//! Long operations: progress that can be watched, a wish to stop, and a journal that survives
//! a crash.
//!
//! A job is a list of undoable steps. It owns no libvirt objects; `guest::create` and its like
//! say what the steps are.

pub mod fault;
pub mod journal;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::error::{Error, JobError, Result};

/// The name under which a job undoes what it did.
pub const UNDO: &str = "undo";

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The step under way, counted from 1; 0 before the first.
    pub step: usize,
    /// How many steps there are.
    pub steps: usize,
    /// What is being done, as a stable name: "volume", "start", ...
    pub name: &'static str,
    /// The how many-eth try of the step this is, counted from 1.
    pub attempt: u32,
}

impl Progress {
    /// How much of it is done, from 0 to 1; nothing before its first step.
    pub fn fraction(&self) -> Option<f64> {
        let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        (self.steps > 0).then(|| number(self.step.saturating_sub(1)) / number(self.steps))
    }
}

/// The job's end of progress and cancelling.
#[derive(Clone, Debug)]
pub struct JobControl {
    progress: watch::Sender<Progress>,
    cancel: CancellationToken,
}

/// The watcher's end.
#[derive(Clone, Debug)]
pub struct JobHandle {
    progress: watch::Receiver<Progress>,
    cancel: CancellationToken,
}

/// Makes the two ends of a job.
pub fn control() -> (JobControl, JobHandle) {
    let (sender, receiver) = watch::channel(Progress {
        step: 0,
        steps: 0,
        name: "checks",
        attempt: 1,
    });
    let cancel = CancellationToken::new();
    (
        JobControl {
            progress: sender,
            cancel: cancel.clone(),
        },
        JobHandle {
            progress: receiver,
            cancel,
        },
    )
}

impl JobControl {
    /// Reports the step that begins now.
    pub fn begin(&self, step: usize, steps: usize, name: &'static str) {
        self.progress.send_replace(Progress {
            step,
            steps,
            name,
            attempt: 1,
        });
    }

    /// Reports that the step is tried again, unless the person wants to stop.
    ///
    /// # Errors
    /// [`Error::Job`] if so.
    pub fn again(&self, attempt: u32) -> Result<()> {
        self.check()?;
        self.progress.send_modify(|now| now.attempt = attempt);
        Ok(())
    }

    /// Reports that what was done so far is being undone.
    pub fn undo(&self) {
        self.progress.send_modify(|now| now.name = UNDO);
    }

    /// Whether the person wants it to stop. A running libvirt call can't be stopped, so this is
    /// looked at between the steps.
    ///
    /// # Errors
    /// [`Error::Job`] if so.
    pub fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(Error::Job(JobError::Cancelled));
        }
        Ok(())
    }

    /// Does `act` unless the person wants to stop before it is done: for waits that can be given
    /// up at any point, such as for the keyring's dialog.
    ///
    /// # Errors
    /// [`Error::Job`] if so; what of `act` was done by then is unknown.
    pub async fn unless_cancelled<T>(&self, act: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            done = act => done,
            () = self.cancel.cancelled() => Err(Error::Job(JobError::Cancelled)),
        }
    }
}

impl JobHandle {
    /// Progress as it comes; newest wins.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Asks the job to stop at the next step and undo what it did.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }
}
