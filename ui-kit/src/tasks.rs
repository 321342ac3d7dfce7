// SPDX-License-Identifier: GPL-3.0-or-later
//! The tasks of a page, which end with it.
//!
//! A page owns one [`Tasks`] and starts there whatever it follows. What the person asked to be done
//! does not belong here: that goes on without the page.

use std::future::Future;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Where a page's tasks run. When it is dropped they end at their next wait.
#[derive(Debug)]
pub struct Tasks {
    runtime: Handle,
    token: CancellationToken,
    _over: DropGuard,
}

impl Tasks {
    /// Tasks on the threads of a runtime.
    pub fn new(runtime: &Handle) -> Self {
        let token = CancellationToken::new();
        Self {
            runtime: runtime.clone(),
            _over: token.clone().drop_guard(),
            token,
        }
    }

    /// Starts a task.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let over = self.token();
        self.runtime.spawn(async move {
            over.run_until_cancelled(task).await;
        });
    }

    /// Tells a value now and whenever it changes, as long as the page is there.
    pub fn follow<T>(&self, mut values: watch::Receiver<T>, tell: impl Fn(T) + Send + 'static)
    where
        T: Clone + Send + Sync + 'static,
    {
        self.spawn(async move {
            loop {
                let now = values.borrow_and_update().clone();
                tell(now);
                if values.changed().await.is_err() {
                    return;
                }
            }
        });
    }

    /// Does something that takes its time on a thread of its own, and tells of it if the page is
    /// still there then.
    pub fn compute<T>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
        tell: impl FnOnce(T) + Send + 'static,
    ) {
        let over = self.token();
        self.runtime.spawn_blocking(move || {
            if over.is_cancelled() {
                return;
            }
            let done = work();
            if !over.is_cancelled() {
                tell(done);
            }
        });
    }

    fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_a_page_follows_ends_with_it() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build();
        let Ok(runtime) = runtime else {
            unreachable!("no threads");
        };
        let tasks = Tasks::new(runtime.handle());
        let (held, over) = mpsc::channel::<()>();
        tasks.spawn(async move {
            std::future::pending::<()>().await;
            drop(held);
        });
        let moment = Duration::from_millis(50);
        assert_eq!(
            over.recv_timeout(moment),
            Err(mpsc::RecvTimeoutError::Timeout)
        );
        drop(tasks);
        let patience = Duration::from_secs(20);
        assert_eq!(
            over.recv_timeout(patience),
            Err(mpsc::RecvTimeoutError::Disconnected)
        );
    }

    #[test]
    fn nobody_is_told_when_the_page_is_gone() {
        let runtime = tokio::runtime::Runtime::new();
        let Ok(runtime) = runtime else {
            unreachable!("no threads");
        };
        let tasks = Tasks::new(runtime.handle());
        let (tell, told) = mpsc::channel();
        let (go_on, wait) = mpsc::channel::<()>();
        let first = tell.clone();
        tasks.compute(|| 1, move |done| first.send(done).unwrap_or(()));
        assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok(1));
        tasks.compute(
            move || wait.recv().unwrap_or(()),
            move |()| tell.send(2).unwrap_or(()),
        );
        drop(tasks);
        drop(go_on);
        assert_eq!(
            told.recv_timeout(Duration::from_secs(20)),
            Err(mpsc::RecvTimeoutError::Disconnected)
        );
    }
}
