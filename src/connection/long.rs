// SPDX-License-Identifier: GPL-3.0-or-later
//! The libvirt connection that long operations have to themselves.
//!
//! libvirtd serves a few requests of each client at a time, so an operation that lasts for minutes
//! must not be one of those that the reading goes through. The second connection is opened when
//! the first long operation comes, in the same way as the first one (login, keepalive), is refused
//! if it leads to another host, and is closed some time after the last operation. It belongs to a
//! session: after a reconnect there is another.
//!
//! Drivers that run inside of this process count no requests: their long operations go over the
//! driver that is there. For the test driver that is a must, since its next opening may be another
//! host.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OnceCell, Semaphore};

use crate::driver::{Driver, open};
use crate::model::agent::Agent;
use crate::model::error::{Error, Result};

/// How many long operations run at a time; libvirtd serves five requests of a client.
pub(super) const PLACES: u32 = 4;
/// How many may be under way in the shared places, where there is no second connection.
pub(super) const SHARED: u32 = 2;
/// How long the second connection stays open with nothing to do.
const IDLE: Duration = Duration::from_secs(10);

/// Drivers that libvirt's library has in itself, beside the test driver.
const IN_PROCESS: [&str; 10] = [
    "esx",
    "gsx",
    "hyperv",
    "openvz",
    "phyp",
    "vbox",
    "vmwarefusion",
    "vmwareplayer",
    "vmwarews",
    "vpx",
];

/// Over which connection long operations go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Those of a second connection.
    Own,
    /// Those that are there, beside the other calls: nobody counts requests.
    Same,
    /// Those that are there, in a place that is shared with the other calls.
    Shared,
}

/// The way for a canonical URI.
pub(super) fn way(uri: &str) -> Way {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Way::Shared;
    };
    let (driver, transport) = match scheme.split_once('+') {
        Some((driver, transport)) => (driver, Some(transport)),
        None => (scheme, None),
    };
    if driver == "test" {
        let here = transport.is_none() && rest.starts_with('/');
        return if here { Way::Same } else { Way::Shared };
    }
    if transport.is_none() && (IN_PROCESS.contains(&driver) || rest.starts_with("/embed?")) {
        return Way::Same;
    }
    Way::Own
}

/// The second connection of a connection, while there is one.
#[derive(Debug)]
pub(super) struct Long {
    pub(super) places: Arc<Semaphore>,
    pub(super) shared: Arc<Semaphore>,
    /// For a driver that takes one call at a time.
    pub(super) one: Arc<Semaphore>,
    open: Mutex<Option<Open>>,
    idle: Duration,
}

/// What the long operations of now share: the driver, or `None` where it could not be had.
type Cell = Arc<OnceCell<Option<Driver>>>;

#[derive(Debug)]
struct Open {
    session: u64,
    cell: Cell,
    users: usize,
    /// Counts the operations, so that a timer of an older rest ends nothing.
    turn: u64,
}

impl Long {
    pub(super) fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(PLACES as usize)),
            shared: Arc::new(Semaphore::new(SHARED as usize)),
            one: Arc::new(Semaphore::new(1)),
            open: Mutex::new(None),
            idle: IDLE,
        }
    }

    /// The driver of the second connection, opened if need be, and a token that keeps it open.
    /// `None` if it can't be had, which is logged and holds until nobody asks for a while.
    pub(super) async fn get(
        self: &Arc<Self>,
        session: u64,
        main: &Driver,
        agent: &Agent,
    ) -> Option<(Driver, User)> {
        loop {
            let user = self.enter(session);
            let mut new = false;
            let opened = user.cell.get_or_init(async || {
                new = true;
                let (like, agent) = (main.clone(), agent.clone());
                let opened = blocking(move || open_beside(&like, &agent)).await;
                match opened.and_then(|it| it) {
                    Ok(driver) => Some(driver),
                    Err(error) => {
                        let uri = &main.uri;
                        tracing::warn!(%error, uri, "long operations share the connection");
                        None
                    }
                }
            });
            let driver = opened.await.clone()?;
            if new || is_alive(driver.clone()).await {
                return Some((driver, user));
            }
            self.let_go_of(user);
        }
    }

    /// Ends the second connection's time: what it has is to be dropped where one may block.
    pub(super) fn take(&self) -> Option<Driver> {
        let open = self.lock().take()?;
        open.cell.get().cloned().flatten()
    }

    fn enter(self: &Arc<Self>, session: u64) -> User {
        let mut slot = self.lock();
        if slot.as_ref().is_some_and(|open| open.session != session) {
            let_go(slot.take());
        }
        let open = slot.get_or_insert_with(|| Open {
            session,
            cell: Cell::default(),
            users: 0,
            turn: 0,
        });
        open.users += 1;
        open.turn += 1;
        User {
            long: self.clone(),
            cell: open.cell.clone(),
            runtime: Handle::current(),
        }
    }

    /// One that uses this cell has ended. Gives the turn, if it was the last one.
    fn leave(&self, cell: &Cell) -> Option<u64> {
        let mut slot = self.lock();
        let open = slot.as_mut().filter(|open| Arc::ptr_eq(&open.cell, cell))?;
        open.users -= 1;
        (open.users == 0).then_some(open.turn)
    }

    /// Takes the connection away if nothing was done on it since that turn.
    fn close_idle(&self, turn: u64) -> Option<Driver> {
        let mut slot = self.lock();
        if !slot
            .as_ref()
            .is_some_and(|open| open.users == 0 && open.turn == turn)
        {
            return None;
        }
        slot.take()?.cell.get().cloned().flatten()
    }

    /// Lets go of a connection that broke; who comes next opens another.
    fn let_go_of(&self, user: User) {
        let broken = {
            let mut slot = self.lock();
            let same = |open: &mut Open| Arc::ptr_eq(&open.cell, &user.cell);
            slot.take_if(same)
        };
        let_go((broken, user));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A long operation under way, which keeps the connection open.
#[derive(Debug)]
pub(super) struct User {
    long: Arc<Long>,
    cell: Cell,
    runtime: Handle,
}

impl Drop for User {
    fn drop(&mut self) {
        let Some(turn) = self.long.leave(&self.cell) else {
            return;
        };
        let idle = self.long.idle;
        let long = Arc::downgrade(&self.long);
        self.runtime.spawn(async move {
            tokio::time::sleep(idle).await;
            if let Some(driver) = long.upgrade().and_then(|long| long.close_idle(turn)) {
                tracing::debug!(uri = driver.uri, "closed the connection of long operations");
                let_go(driver);
            }
        });
    }
}

/// Opens another connection to the host of `main`. Blocks, and may ask the person.
fn open_beside(main: &Driver, agent: &Agent) -> Result<Driver> {
    let other = open::open(&main.uri, agent)?;
    let name = |driver: &Driver| driver.hostname().ok();
    if other.canonical != main.canonical || name(&other) != name(main) {
        return Err(Error::Internal(format!(
            "another host answers for {}: {:?} instead of {:?}",
            main.uri,
            name(&other).unwrap_or(other.canonical),
            name(main).unwrap_or_else(|| main.canonical.clone()),
        )));
    }
    tracing::debug!(uri = main.uri, "opened a connection for long operations");
    Ok(other)
}

async fn is_alive(driver: Driver) -> bool {
    blocking(move || driver.is_alive()).await.unwrap_or(false)
}

/// Drops what may hold a connection where one may block: closing talks to the daemon.
fn let_go<T: Send + 'static>(what: T) {
    tokio::task::spawn_blocking(move || drop(what));
}

/// Runs a blocking act on a thread that may block.
async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(act)
        .await
        .map_err(|panicked| Error::Internal(panicked.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_daemon_gets_a_second_connection() {
        for uri in [
            "qemu:///system",
            "qemu:///session",
            "qemu+ssh://me@host/system",
            "qemu+unix:///system?socket=/x",
            "qemu://host/system",
            "lxc:///system",
            "vbox+ssh://host/session",
        ] {
            assert_eq!(way(uri), Way::Own, "{uri}");
        }
        for uri in [
            "test:///default",
            "test:///a/file.xml",
            "qemu:///embed?root=/x",
            "esx://host/?no_verify=1",
            "vbox:///session",
        ] {
            assert_eq!(way(uri), Way::Same, "{uri}");
        }
        for uri in ["test+unix:///default", "test://host/default", "nonsense"] {
            assert_eq!(way(uri), Way::Shared, "{uri}");
        }
    }

    fn main_handles() -> Driver {
        open::open("test:///default", &Agent::default()).expect("libvirt's test driver")
    }

    #[tokio::test]
    async fn it_is_shared_and_closed_when_nobody_uses_it_any_more() {
        let main = main_handles();
        let idle = Duration::from_millis(400);
        let long = Arc::new(Long {
            idle,
            ..Long::new()
        });
        let agent = Agent::default();
        let (_, first) = long.get(1, &main, &agent).await.expect("it opens");
        let (_, second) = long.get(1, &main, &agent).await.expect("it is open");
        assert!(Arc::ptr_eq(&first.cell, &second.cell));
        drop(first);
        tokio::time::sleep(2 * idle).await;
        assert!(long.lock().is_some(), "one still uses it");
        drop(second);
        tokio::time::sleep(idle / 2).await;
        let (_, third) = long.get(1, &main, &agent).await.expect("it is open");
        tokio::time::sleep(idle).await;
        assert!(long.lock().is_some(), "it is used again");
        drop(third);
        tokio::time::sleep(2 * idle).await;
        assert!(long.lock().is_none(), "nobody uses it");
    }

    #[tokio::test]
    async fn another_session_gets_another() {
        let main = main_handles();
        let long = Arc::new(Long::new());
        let agent = Agent::default();
        let (_, old) = long.get(1, &main, &agent).await.expect("it opens");
        let (_, new) = long.get(2, &main, &agent).await.expect("it opens");
        assert!(!Arc::ptr_eq(&old.cell, &new.cell));
        drop(old);
        assert_eq!(long.lock().as_ref().map(|open| open.users), Some(1));
    }

    #[tokio::test]
    async fn another_host_is_refused_until_nobody_asks_for_a_while() {
        let mut main = main_handles();
        main.canonical = "test:///elsewhere".into();
        let long = Arc::new(Long::new());
        let agent = Agent::default();
        assert!(long.get(1, &main, &agent).await.is_none());
        // It is not tried again at once: that might ask the person again.
        main.canonical = "test:///default".into();
        assert!(long.get(1, &main, &agent).await.is_none());
    }
}
