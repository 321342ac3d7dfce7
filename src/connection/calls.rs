// SPDX-License-Identifier: GPL-3.0-or-later
//! Calls into libvirt: off the async threads, a few at a time, each with a deadline.
//!
//! libvirt's functions block and can't be stopped. A deadline therefore only ends the *wait*;
//! the call goes on in its thread and keeps its place until it returns, so that a hypervisor
//! that hangs can't collect threads without limit. libvirtd serves five requests of a client at
//! once by default (`max_client_requests`); four places leave one for events and keepalive:
//! three that anybody may take, of which statistics and previews get two at most, and one for
//! lifecycle actions alone. Operations that last have a connection of their own (`long`). Where
//! libvirt's client bears no two calls at once (`open`), whoever has a place waits for its turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use uuid::Uuid;

use super::long::{self, Long, Way};
use crate::address::Site;
use crate::driver::Driver;
use crate::message::Message;
use crate::model::agent::Agent;
use crate::model::error::{ConnectionError, Error, GuestError, Result};

const READ_DEADLINE: Duration = Duration::from_secs(30);
const BRIEF_DEADLINE: Duration = Duration::from_secs(2);
const ACTION_DEADLINE: Duration = Duration::from_mins(1);

/// How many calls may be under way that are not lifecycle actions.
const SHARED: u32 = 3;

/// What a call is for, which decides its place and its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Statistics and previews.
    Background,
    /// Reading and configuring.
    Ordinary,
    /// Reading what may be had only by waiting for the guest: not for long.
    Brief,
    /// Reading that watches its own progress.
    Patient,
    /// Start, stop and the like.
    Lifecycle,
    /// As `Lifecycle`, but nobody stops waiting: a lease may end only when the call returned.
    ToTheEnd,
    /// What may last for minutes: as `ToTheEnd`, over a connection of its own.
    Long,
}

impl Class {
    /// How long the call is waited for.
    fn deadline(self) -> Duration {
        match self {
            Self::Brief => BRIEF_DEADLINE,
            Self::Background | Self::Ordinary => READ_DEADLINE,
            Self::Lifecycle => ACTION_DEADLINE,
            Self::Patient | Self::ToTheEnd | Self::Long => Duration::MAX,
        }
    }
}

/// The way to libvirt for one connection.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    uri: String,
    agent: Agent,
    session: RwLock<Session>,
    shared: Arc<Semaphore>,
    background: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
    one: Arc<Semaphore>,
    long: Arc<Long>,
    lost: watch::Sender<Loss>,
    busy: Mutex<HashMap<Uuid, Message>>,
    turns: Turns,
}

/// Whose turn it is with a guest, for calls that may have to wait for it.
#[derive(Debug, Default)]
struct Turns(Mutex<HashMap<Uuid, Weak<Semaphore>>>);

/// What is between two openings: a call reports only the loss of the session that it began in.
#[derive(Debug, Default)]
struct Session {
    /// Counted from 1.
    number: u64,
    driver: Option<Driver>,
}

/// The newest session that a call has found broken, and what the call said; 0 for none.
#[derive(Debug, Default)]
struct Loss {
    session: u64,
    reason: Option<Message>,
}

impl Calls {
    /// The way to a hypervisor that is not open yet. `agent` answers when long operations open
    /// their own connection.
    pub(crate) fn new(uri: &str, agent: Agent) -> Self {
        Self {
            inner: Arc::new(Inner {
                uri: uri.to_owned(),
                agent,
                session: RwLock::default(),
                shared: Arc::new(Semaphore::new(SHARED as usize)),
                background: Arc::new(Semaphore::new(2)),
                reserved: Arc::new(Semaphore::new(1)),
                one: Arc::new(Semaphore::new(1)),
                long: Arc::new(Long::new()),
                lost: watch::Sender::default(),
                busy: Mutex::new(HashMap::new()),
                turns: Turns::default(),
            }),
        }
    }

    pub(crate) fn uri(&self) -> &str {
        &self.inner.uri
    }

    /// Where the hypervisor runs, and for whom.
    pub(crate) fn site(&self) -> Site {
        let session = self
            .inner
            .session
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let driver = session.driver.as_ref();
        driver.map_or_else(|| Site::of(&self.inner.uri), |driver| driver.site)
    }

    /// Begins a session with the driver of an open connection, or ends it; gives the driver of
    /// the session before, to be dropped where one may block.
    pub(crate) fn set_driver(&self, driver: Option<Driver>) -> Vec<Driver> {
        let before = {
            let mut session = self
                .inner
                .session
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            if driver.is_some() {
                session.number += 1;
            }
            std::mem::replace(&mut session.driver, driver)
        };
        before.into_iter().chain(self.inner.long.take()).collect()
    }

    /// The driver of the session of now, with its number.
    fn driver(&self, doing: &Message) -> Result<(u64, Driver)> {
        let session = self
            .inner
            .session
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        match &session.driver {
            Some(driver) => Ok((session.number, driver.clone())),
            None => Err(Error::Connection(ConnectionError::Lost {
                uri: self.inner.uri.clone(),
                doing: doing.clone(),
            })),
        }
    }

    /// Waits until a call has found the session of now broken, and gives what the call said.
    pub(crate) async fn lost(&self) -> Option<Message> {
        let session = self
            .inner
            .session
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .number;
        let mut losses = self.inner.lost.subscribe();
        let loss = losses.wait_for(|loss| loss.session >= session).await;
        // The sender lives as long as we do.
        loss.ok()?.reason.clone()
    }

    /// Runs a blocking act with the connection's driver.
    pub(crate) async fn run<T, F>(
        &self,
        class: Class,
        doing: impl Into<Message>,
        act: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Driver) -> Result<T> + Send + 'static,
    {
        let doing = doing.into();
        let asked = Instant::now();
        let place = self.place(class, &doing).await?;
        let began = Instant::now();
        let inner = self.inner.clone();
        let task = tokio::task::spawn_blocking(move || {
            let result = act(&place.driver);
            // A connection of its own that broke says nothing of the session.
            if let Err(error @ Error::Connection(ConnectionError::Lost { .. })) = &result
                && place.long.is_none()
            {
                inner.report(place.session, error);
            }
            drop(place);
            result
        });
        let deadline = class.deadline();
        let result = match tokio::time::timeout(deadline, task).await {
            Ok(Ok(result)) => result,
            Ok(Err(panicked)) => Err(Error::Internal(panicked.to_string())),
            Err(_) => Err(late(&doing, deadline)),
        };
        tracing::debug!(
            doing = doing.id(),
            ?class,
            waited = ?began - asked,
            took = ?began.elapsed(),
            failed = result.is_err(),
            "asked libvirt"
        );
        result
    }

    /// As [`Calls::run`], for a call that may have to wait for this guest: they come one after the
    /// other, so that a guest that hangs holds one place and not all of them.
    pub(crate) async fn run_on<T, F>(
        &self,
        uuid: Uuid,
        class: Class,
        doing: impl Into<Message>,
        act: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Driver) -> Result<T> + Send + 'static,
    {
        let doing = doing.into();
        let deadline = class.deadline();
        let turn = self.inner.turns.of(uuid);
        let turn = tokio::time::timeout(deadline, permit(&turn))
            .await
            .map_err(|_| late(&doing, deadline))??;
        let act = move |driver: &Driver| {
            let result = act(driver);
            drop(turn);
            result
        };
        self.run(class, doing, act).await
    }

    /// Waits until no call is under way, those that nobody waits for any more included.
    pub(crate) async fn idle(&self) {
        let _others = self.inner.shared.acquire_many(SHARED).await;
        let _reserved = self.inner.reserved.acquire().await;
        let _long = self.inner.long.places.acquire_many(long::PLACES).await;
    }

    /// The turn with a driver that takes one call at a time; nothing for others.
    pub(crate) async fn turn(&self, one_call: bool) -> Option<OwnedSemaphorePermit> {
        if one_call {
            permit(&self.inner.one).await.ok()
        } else {
            None
        }
    }

    /// Keeps a second action off a guest while one is under way.
    pub(crate) fn claim(&self, uuid: Uuid, name: &str, doing: &Message) -> Result<Claim> {
        let mut busy = self
            .inner
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = busy.get(&uuid) {
            return Err(Error::Guest(GuestError::Busy {
                name: name.to_owned(),
                other: other.clone(),
            }));
        }
        busy.insert(uuid, doing.clone());
        Ok(Claim {
            calls: self.clone(),
            uuid,
        })
    }

    /// Waits for a place, and gives it with the driver to use in it.
    async fn place(&self, class: Class, doing: &Message) -> Result<Place> {
        if class == Class::Long
            && let Some(place) = self.long_place(doing).await?
        {
            return Ok(place);
        }
        let inner = &self.inner;
        let mut permits = match class {
            Class::Background => vec![
                permit(&inner.background).await?,
                permit(&inner.shared).await?,
            ],
            Class::Ordinary | Class::Brief | Class::Patient => vec![permit(&inner.shared).await?],
            Class::Lifecycle | Class::ToTheEnd => vec![tokio::select! {
                biased;
                place = permit(&inner.shared) => place?,
                place = permit(&inner.reserved) => place?,
            }],
            Class::Long => vec![
                permit(&inner.long.shared).await?,
                permit(&inner.shared).await?,
            ],
        };
        let (mut session, mut driver) = self.driver(doing)?;
        if let Some(turn) = self.turn(driver.one_call).await {
            permits.push(turn);
            // It may have been a long wait.
            (session, driver) = self.driver(doing)?;
        }
        Ok(Place {
            session,
            driver,
            long: None,
            _permits: permits,
        })
    }

    /// A place for a long operation; `None` if it has to take one of the shared.
    async fn long_place(&self, doing: &Message) -> Result<Option<Place>> {
        let way = long::way(&self.driver(doing)?.1.canonical);
        if way == Way::Shared {
            return Ok(None);
        }
        let mut permits = vec![permit(&self.inner.long.places).await?];
        let (session, main) = self.driver(doing)?;
        if main.one_call {
            permits.push(permit(&self.inner.long.one).await?);
        }
        if way == Way::Same {
            return Ok(Some(Place {
                session,
                driver: main,
                long: None,
                _permits: permits,
            }));
        }
        // The first one is asked for its host's name.
        let turn = self.turn(main.one_call).await;
        let own = self.inner.long.get(session, &main, &self.inner.agent).await;
        drop(turn);
        Ok(own.map(|(driver, user)| Place {
            session,
            driver,
            long: Some(user),
            _permits: permits,
        }))
    }
}

/// Where a call runs: given back when it is dropped.
struct Place {
    session: u64,
    // Before the token that keeps their connection open.
    driver: Driver,
    long: Option<long::User>,
    _permits: Vec<OwnedSemaphorePermit>,
}

async fn permit(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    let place = places.clone().acquire_owned().await;
    place.map_err(|_| Error::Internal("the connection's queue is closed".into()))
}

fn late(doing: &Message, deadline: Duration) -> Error {
    Error::Connection(ConnectionError::Timeout {
        doing: doing.clone(),
        seconds: deadline.as_secs(),
    })
}

impl Turns {
    /// The one permit of a guest. It is there for as long as somebody has it or waits for it.
    fn of(&self, uuid: Uuid) -> Arc<Semaphore> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&uuid).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Semaphore::new(1));
        turns.insert(uuid, Arc::downgrade(&turn));
        turn
    }
}

impl Inner {
    /// Says that a call of this session has found the connection broken. Older sessions are over.
    fn report(&self, session: u64, error: &Error) {
        self.lost.send_if_modified(|loss| {
            let newer = session > loss.session;
            if newer {
                *loss = Loss {
                    session,
                    reason: Some(error.message()),
                };
            }
            newer
        });
    }
}

/// A guest that an action has to itself until this is dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    calls: Calls,
    uuid: Uuid,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.calls
            .inner
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.uuid);
    }
}

#[cfg(test)]
mod tests;
