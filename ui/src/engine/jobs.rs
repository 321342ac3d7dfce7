// SPDX-License-Identifier: GPL-3.0-or-later
//! Which long operations are under way, in the person's words: the desktop is asked not to end the
//! session in their midst.
//!
//! It knows no desktop; the window asks.

use std::sync::Arc;

use tokio::sync::watch;

/// The operations under way, by their numbers, oldest first.
type Running = Vec<(u64, String)>;

/// Keeps count of long operations.
#[derive(Clone, Debug)]
pub struct Jobs {
    running: Arc<watch::Sender<Running>>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            running: Arc::new(watch::Sender::new(Vec::new())),
        }
    }
}

impl Jobs {
    /// A long operation begins; it ends when what this gives is dropped.
    pub fn begin(&self, what: String) -> Job {
        let mut number = 0;
        self.running.send_modify(|running| {
            number = running.last().map_or(0, |(last, _)| last + 1);
            running.push((number, what));
        });
        Job {
            jobs: self.clone(),
            number,
        }
    }

    /// Calls `tell` with what is under way, now and whenever that changes: of several the oldest.
    pub async fn follow(self, tell: impl Fn(Option<String>)) {
        let mut running = self.running.subscribe();
        loop {
            let oldest = running.borrow_and_update().first().map(|it| it.1.clone());
            tell(oldest);
            if running.changed().await.is_err() {
                return;
            }
        }
    }
}

/// A long operation under way.
#[derive(Debug)]
pub struct Job {
    jobs: Jobs,
    number: u64,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.jobs
            .running
            .send_modify(|running| running.retain(|(number, _)| *number != self.number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oldest(jobs: &Jobs) -> Option<String> {
        jobs.running.borrow().first().map(|it| it.1.clone())
    }

    #[test]
    fn a_job_is_under_way_until_it_is_dropped_and_the_oldest_is_told() {
        let jobs = Jobs::default();
        let first = jobs.begin("first".into());
        let second = jobs.begin("second".into());
        assert_eq!(oldest(&jobs).as_deref(), Some("first"));
        drop(first);
        assert_eq!(oldest(&jobs).as_deref(), Some("second"));
        let third = jobs.begin("third".into());
        drop(second);
        assert_eq!(oldest(&jobs).as_deref(), Some("third"));
        drop(third);
        assert_eq!(oldest(&jobs), None);
    }
}
