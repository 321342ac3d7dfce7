// SPDX-License-Identifier: GPL-3.0-or-later
//! The long operations under way: what they are, how far they are, and how to call them off.
//!
//! The window shows them, asks the desktop not to end the session in their midst, and asks before
//! it closes. This file knows neither.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use oriel::job::{JobHandle, Progress};
use tokio::sync::watch;

/// A long operation under way.
#[derive(Clone, Debug)]
pub struct Lasting {
    /// Its number, which no other has.
    pub number: u64,
    /// What it is, in the person's words.
    pub what: String,
    /// How far it is, if it tells.
    pub progress: Option<Progress>,
    handle: Option<JobHandle>,
}

impl Lasting {
    /// Whether it can be called off.
    pub fn can_cancel(&self) -> bool {
        self.handle.is_some()
    }
}

/// All long operations, oldest first.
#[derive(Clone, Debug)]
pub struct Jobs {
    running: Arc<watch::Sender<Vec<Lasting>>>,
    begun: Arc<AtomicU64>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            running: Arc::new(watch::Sender::new(Vec::new())),
            begun: Arc::default(),
        }
    }
}

impl Jobs {
    /// A long operation begins; it ends when what this gives is dropped. One with a handle can be
    /// called off.
    pub fn begin(&self, what: String, handle: Option<JobHandle>) -> Job {
        // Never the same again: who follows may miss that one ended before the next began.
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        self.running.send_modify(|running| {
            running.push(Lasting {
                number,
                what,
                progress: None,
                handle,
            });
        });
        Job {
            jobs: self.clone(),
            number,
        }
    }

    /// What is under way now.
    pub fn now(&self) -> Vec<Lasting> {
        self.running.borrow().clone()
    }

    /// Calls an operation off; it undoes what it did.
    pub fn cancel(&self, number: u64) {
        let running = self.running.borrow();
        let job = running.iter().find(|it| it.number == number);
        if let Some(handle) = job.and_then(|it| it.handle.as_ref()) {
            handle.cancel();
        }
    }

    /// Calls `tell` with what is under way, now and whenever that changes.
    pub async fn follow(self, tell: impl Fn(Vec<Lasting>)) {
        let mut running = self.running.subscribe();
        loop {
            let now = running.borrow_and_update().clone();
            tell(now);
            if running.changed().await.is_err() {
                return;
            }
        }
    }
}

/// A long operation's entry, for as long as it lasts.
#[derive(Debug)]
pub struct Job {
    jobs: Jobs,
    number: u64,
}

impl Job {
    /// Says how far it is.
    pub fn tell(&self, progress: Progress) {
        self.jobs.running.send_modify(|running| {
            if let Some(own) = running.iter_mut().find(|it| it.number == self.number) {
                own.progress = Some(progress);
            }
        });
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.jobs
            .running
            .send_modify(|running| running.retain(|it| it.number != self.number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(jobs: &Jobs) -> Vec<String> {
        jobs.now().into_iter().map(|it| it.what).collect()
    }

    #[test]
    fn a_job_is_under_way_until_it_is_dropped() {
        let jobs = Jobs::default();
        let first = jobs.begin("first".into(), None);
        let second = jobs.begin("second".into(), None);
        assert_eq!(told(&jobs), ["first", "second"]);
        drop(first);
        assert_eq!(told(&jobs), ["second"]);
        let third = jobs.begin("third".into(), None);
        drop(second);
        assert_eq!(told(&jobs), ["third"]);
        let last = jobs.now()[0].number;
        drop(third);
        assert!(told(&jobs).is_empty());
        let _fourth = jobs.begin("fourth".into(), None);
        assert!(jobs.now()[0].number > last, "a number was given twice");
    }

    #[test]
    fn progress_and_cancel_reach_the_job_that_is_meant() {
        let jobs = Jobs::default();
        let (control, handle) = oriel::job::control();
        let other = jobs.begin("other".into(), None);
        let own = jobs.begin("own".into(), Some(handle.clone()));
        control.begin(2, 4, "volume");
        own.tell(handle.progress().borrow().clone());
        let now = jobs.now();
        assert!(now[0].progress.is_none() && !now[0].can_cancel());
        let progress = now[1].progress.as_ref().expect("it told");
        assert_eq!((progress.step, progress.fraction()), (2, Some(0.25)));
        jobs.cancel(now[0].number);
        assert!(control.check().is_ok(), "the other one was meant");
        jobs.cancel(now[1].number);
        assert!(control.check().is_err_and(|error| error.is_cancelled()));
        drop((other, own));
    }
}
