// SPDX-License-Identifier: GPL-3.0-or-later
//! The task that owns a connection: it opens it, follows its events, re-reads what changed, and
//! opens it again when it breaks.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::calls::{Calls, Class};
use super::documents::{self, Batch};
use super::kernel::KernelWatch;
use super::roster::Roster;
use crate::driver::events::{Notice, Subscription};
use crate::driver::{Domain, Driver, open};
use crate::lease;
use crate::message::Message;
use crate::model::agent::Agent;
use crate::model::control::KernelChange;
use crate::model::doing;
use crate::model::error::{BROKEN, Error, ErrorKind, Result};
use crate::model::guest::Guest;
use crate::model::happening::Happening;
use crate::model::inventory::{Fact, FactKind, Inventory, Status};

/// Seconds to wait before each try to open a broken connection again; the last repeats.
const BACK_OFF: [u64; 5] = [1, 5, 10, 20, 30];
/// Guests whose documents are read in one go while a connection is new.
const BATCH: usize = 256;
/// When a guest that did not answer is read again.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// How often guests are re-read where the driver has no lifecycle events.
const FALLBACK_PERIOD: Duration = Duration::from_secs(2);
/// How long the end of a connection waits for a call that must not be disturbed.
const HANGING_UP: Duration = Duration::from_secs(5);

/// A wish to the actor.
#[derive(Debug)]
pub(super) enum Command {
    /// Read one guest again.
    Refresh(Uuid),
    /// Try to open a waiting connection now.
    Retry,
    /// Close for good and say when done.
    Close(oneshot::Sender<()>),
}

/// The channels that front ends see.
#[derive(Debug)]
pub(super) struct Outlets {
    pub inventory: watch::Sender<Inventory>,
    pub status: watch::Sender<Status>,
    pub facts: broadcast::Sender<Fact>,
}

pub(super) struct Actor {
    calls: Calls,
    agent: Agent,
    out: Outlets,
    commands: mpsc::UnboundedReceiver<Command>,
    roster: Roster,
    dirty: HashSet<Uuid>,
    reading: HashSet<Uuid>,
    /// Guests that did not answer and are looked at again after a while.
    silent: HashSet<Uuid>,
    reads: JoinSet<Reading>,
    /// Whether a list is being read.
    listing: bool,
    /// Batches of documents that are still being read.
    batches: usize,
}

/// What a reading task found.
enum Reading {
    List(Result<Vec<(Domain, Guest)>>),
    One(Uuid, Result<Option<Guest>>),
    Documents(Batch),
    /// A guest that did not answer is worth another look.
    Again(Uuid),
}

/// Why a session with the hypervisor ended.
enum End {
    Lost(Message),
    Closed(Option<oneshot::Sender<()>>),
}

impl Actor {
    pub(super) fn new(
        calls: Calls,
        agent: Agent,
        out: Outlets,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        Self {
            calls,
            agent,
            out,
            commands,
            roster: Roster::default(),
            dirty: HashSet::new(),
            reading: HashSet::new(),
            silent: HashSet::new(),
            reads: JoinSet::new(),
            listing: false,
            batches: 0,
        }
    }

    /// Lives until it is told to close, or nobody holds the connection any more. `first` gets
    /// the result of the first try to open.
    pub(super) async fn run(mut self, first: oneshot::Sender<Result<()>>) {
        let mut first = Some(first);
        let mut failures = 0;
        loop {
            self.set_status(Status::Connecting);
            let (sender, events) = mpsc::unbounded_channel();
            let mut again = false;
            let opened = tokio::select! {
                opened = open(self.calls.uri(), &self.agent, sender) => opened,
                // What is being opened is closed in its own thread, whenever that comes to an end.
                done = closing(&mut self.commands, &mut again) => {
                    self.closed(done);
                    return;
                }
            };
            let reason = match opened {
                Ok((driver, subscriptions)) => {
                    self.calls.set_driver(Some(driver));
                    failures = 0;
                    again = false;
                    self.roster.begin_session();
                    self.publish();
                    self.set_status(Status::Online);
                    if let Some(first) = first.take() {
                        let _ = first.send(Ok(()));
                    }
                    let end = self.serve(&subscriptions, events).await;
                    self.hang_up(subscriptions).await;
                    match end {
                        End::Lost(reason) => reason,
                        End::Closed(done) => {
                            self.closed(done);
                            return;
                        }
                    }
                }
                Err(error) => {
                    let refused = error.kind() == ErrorKind::Refused;
                    let reason = error.message();
                    if let Some(first) = first.take() {
                        let _ = first.send(Err(error));
                    }
                    if refused {
                        self.set_status(Status::Refused { reason });
                        if again || self.wait_for_retry(Duration::MAX).await {
                            continue;
                        }
                        return;
                    }
                    reason
                }
            };
            let retry_in = BACK_OFF[failures.min(BACK_OFF.len() - 1)];
            failures += 1;
            self.set_status(Status::Waiting { reason, retry_in });
            if !again && !self.wait_for_retry(Duration::from_secs(retry_in)).await {
                return;
            }
        }
    }

    /// Says that it is closed for good.
    fn closed(&self, done: Option<oneshot::Sender<()>>) {
        self.set_status(Status::Closed);
        if let Some(done) = done {
            let _ = done.send(());
        }
    }

    async fn hang_up(&mut self, subscriptions: Vec<Subscription>) {
        self.reads.abort_all();
        while self.reads.join_next().await.is_some() {}
        self.reading.clear();
        self.silent.clear();
        self.listing = false;
        self.batches = 0;
        self.dirty.clear();
        let driver = self.calls.set_driver(None);
        let one_call = driver.iter().any(|driver| driver.one_call);
        let calls = self.calls.clone();
        // Deregistering and closing talk to the daemon, and may have to find out that it is gone.
        let ended = tokio::spawn(async move {
            let turn = calls.turn(one_call).await;
            let _ = blocking(move || {
                drop(subscriptions);
                drop(driver);
                drop(turn);
                Ok(())
            })
            .await;
        });
        // A call that hangs has the turn until it returns.
        let patience = if one_call { HANGING_UP } else { Duration::MAX };
        let _ = tokio::time::timeout(patience, ended).await;
    }

    /// Follows an open connection until it ends.
    async fn serve(
        &mut self,
        subscriptions: &[Subscription],
        mut events: mpsc::UnboundedReceiver<Notice>,
    ) -> End {
        self.read_everything();
        let polled = subscriptions
            .first()
            .is_none_or(|guests| !guests.tells_lifecycle());
        let mut fallback = tokio::time::interval(FALLBACK_PERIOD);
        fallback.reset();
        let (kernel_sender, mut kernel_changes) = mpsc::unbounded_channel();
        let mut kernel = KernelWatch::new(&self.calls, kernel_sender);
        loop {
            if self.publish() {
                kernel.follow(self.roster.inventory());
            }
            self.start_readings();
            tokio::select! {
                event = events.recv() => match event {
                    Some(Notice::Closed(reason)) => return End::Lost(reason.into()),
                    Some(Notice::Happened(what)) => self.take_happening(what),
                    None => return End::Lost(BROKEN.into()),
                },
                Some(change) = kernel_changes.recv() => self.take_kernel_change(change),
                Some(done) = self.reads.join_next() => {
                    if let Ok(done) = done {
                        self.take_reading(done);
                    }
                }
                command = self.commands.recv() => match command {
                    Some(Command::Refresh(uuid)) => { self.dirty.insert(uuid); }
                    Some(Command::Retry) => {}
                    Some(Command::Close(done)) => return End::Closed(Some(done)),
                    None => return End::Closed(None),
                },
                reason = self.calls.lost() => {
                    return End::Lost(reason.unwrap_or_else(|| BROKEN.into()));
                }
                _ = fallback.tick(), if polled || self.roster.inventory().error.is_some() => {
                    self.read_everything();
                }
            }
        }
    }

    /// One bulk list, then the documents in batches, in the background; unless that is under way.
    fn read_everything(&mut self) {
        if self.listing || self.batches > 0 {
            return;
        }
        self.listing = true;
        self.roster.list_begins();
        let calls = self.calls.clone();
        self.reads.spawn(async move {
            let what = doing::LIST_GUESTS;
            let list = move |driver: &Driver| {
                driver
                    .list()
                    .map_err(|failure| driver.failed(what, failure))
            };
            Reading::List(calls.run(Class::Ordinary, what, list).await)
        });
    }

    fn take_list(&mut self, all: Result<Vec<(Domain, Guest)>>) {
        self.listing = false;
        let all = match all {
            Ok(all) => all,
            Err(error) => {
                tracing::warn!(%error, "the list of virtual machines could not be read");
                self.roster.set_list_aside(error);
                return;
            }
        };
        self.roster
            .take_list(all.iter().map(|(_, guest)| guest.clone()));
        let mut rest = all.into_iter().peekable();
        while rest.peek().is_some() {
            let batch: Vec<_> = rest.by_ref().take(BATCH).collect();
            self.batches += 1;
            let calls = self.calls.clone();
            self.reads.spawn(async move {
                Reading::Documents(documents::read_batch(calls, batch).await)
            });
        }
    }

    fn take_happening(&mut self, happening: Happening) {
        if let Some(uuid) = happening.guest() {
            self.roster
                .hear(uuid, happening.name.as_deref().unwrap_or_default());
            self.dirty.insert(uuid);
        }
        self.tell(FactKind::Happened(Arc::new(happening)));
    }

    fn take_kernel_change(&mut self, change: KernelChange) {
        self.dirty.insert(change.uuid);
        self.tell(FactKind::Kernel(change));
    }

    /// Begins to re-read what is dirty and not being read already. Each guest is a task of its
    /// own, so that one that hangs keeps no other waiting.
    fn start_readings(&mut self) {
        let ready: Vec<Uuid> = self.dirty.difference(&self.reading).copied().collect();
        for uuid in ready {
            self.dirty.remove(&uuid);
            self.reading.insert(uuid);
            let calls = self.calls.clone();
            let known = self.roster.reading_begins(uuid);
            self.reads.spawn(async move {
                Reading::One(
                    uuid,
                    documents::read_one(&calls, uuid, known.as_deref()).await,
                )
            });
        }
    }

    fn take_reading(&mut self, done: Reading) {
        match done {
            Reading::List(all) => self.take_list(all),
            Reading::Documents(batch) => self.take_batch(batch),
            Reading::Again(uuid) => {
                self.silent.remove(&uuid);
                self.dirty.insert(uuid);
            }
            Reading::One(uuid, result) => {
                self.reading.remove(&uuid);
                match result {
                    Ok(guest) => {
                        if guest.as_ref().is_some_and(|guest| guest.error.is_some()) {
                            self.look_again(uuid);
                        }
                        self.roster.take_single(uuid, guest);
                    }
                    Err(error) => {
                        self.roster.set_aside(uuid, &error);
                        self.look_again(uuid);
                    }
                }
            }
        }
    }

    fn take_batch(&mut self, batch: Batch) {
        self.batches = self.batches.saturating_sub(1);
        self.dirty.extend(batch.rest);
        for guest in batch.read.into_iter().chain(batch.stuck) {
            if guest.error.is_some() {
                self.look_again(guest.uuid);
            }
            self.roster.take_of_batch(guest);
        }
    }

    /// Has a guest that could not be read looked at again after a while.
    fn look_again(&mut self, uuid: Uuid) {
        if self.silent.insert(uuid) {
            self.reads.spawn(async move {
                tokio::time::sleep(LOOK_AGAIN).await;
                Reading::Again(uuid)
            });
        }
    }

    /// Publishes what has changed; false if nothing has.
    fn publish(&mut self) -> bool {
        let news = self.roster.news();
        let any = news.is_some();
        if let Some(inventory) = news {
            self.out.inventory.send_replace(inventory);
        }
        any
    }

    fn tell(&self, kind: FactKind) {
        let _ = self.out.facts.send(kind.now());
    }

    fn set_status(&self, status: Status) {
        self.tell(FactKind::Connection(status.clone()));
        self.out.status.send_replace(status);
    }

    /// Waits out the back-off. False: close for good.
    async fn wait_for_retry(&mut self, how_long: Duration) -> bool {
        let over = tokio::time::sleep(how_long.min(Duration::from_hours(8760)));
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return true,
                command = self.commands.recv() => match command {
                    Some(Command::Retry) => return true,
                    Some(Command::Refresh(_)) => {}
                    Some(Command::Close(done)) => {
                        self.closed(Some(done));
                        return false;
                    }
                    None => return false,
                },
            }
        }
    }
}

/// Opens the connection and registers the events, in that order and before anything is read, so
/// that no change falls between.
async fn open(
    uri: &str,
    agent: &Agent,
    events: mpsc::UnboundedSender<Notice>,
) -> Result<(Driver, Vec<Subscription>)> {
    let uri = uri.to_owned();
    let agent = agent.clone();
    blocking(move || {
        let driver = open::open(&uri, &agent)?;
        let subscriptions = driver
            .subscribe(move |notice| {
                let _ = events.send(notice);
            })
            .map_err(|failure| driver.failed(doing::LISTEN, failure))?;
        match lease::end_dead(&driver) {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "ended leases of a process that died"),
            Err(error) => tracing::warn!(%error, "dead leases could not be looked for"),
        }
        Ok((driver, subscriptions))
    })
    .await
}

/// Waits for the wish to close; that nobody holds the connection any more is one, too. Notes the
/// wish to try again.
async fn closing(
    commands: &mut mpsc::UnboundedReceiver<Command>,
    again: &mut bool,
) -> Option<oneshot::Sender<()>> {
    loop {
        match commands.recv().await? {
            Command::Close(done) => return Some(done),
            Command::Retry => *again = true,
            Command::Refresh(_) => {}
        }
    }
}

/// Runs a blocking act on a thread that may block.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(act)
        .await
        .map_err(|panicked| Error::Internal(panicked.to_string()))?
}

/// The driver is `Send`: it crosses to the threads that block.
const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Driver>();
};

#[cfg(test)]
mod tests;
