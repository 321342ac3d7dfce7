// SPDX-License-Identifier: GPL-3.0-or-later
//! The task that owns a connection: it opens it, follows its events, re-reads what changed, and
//! opens it again when it breaks.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use libvirt_ext::events::{CloseReason, Event, Subscription};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::calls::{Calls, Class, Handles};
use super::documents::{self, Batch};
use super::inventory::{Fact, FactKind, Inventory, Status};
use super::kernel::KernelWatch;
use super::open;
use crate::agent::Agent;
use crate::domain::{Guest, guest};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::lease;
use crate::tuning::KernelChange;

/// Seconds to wait before each try to open a broken connection again; the last repeats.
const BACK_OFF: [u64; 5] = [1, 5, 10, 20, 30];
/// Guests whose documents are read in one go while a connection is new.
const BATCH: usize = 256;
/// When a guest that did not answer is read again.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// How often guests are re-read where the driver has no lifecycle events.
const FALLBACK_PERIOD: Duration = Duration::from_secs(2);

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
    inventory: Inventory,
    dirty: HashSet<Uuid>,
    reading: HashSet<Uuid>,
    reads: JoinSet<Reading>,
    /// Batches of documents that are still being read.
    batches: usize,
    /// Guests of a batch that was given up, which are read singly.
    unread: HashSet<Uuid>,
}

/// What a reading task found.
enum Reading {
    One(Uuid, Result<Option<Guest>>),
    Documents(Batch),
    /// A guest that did not answer is worth another look.
    Again(Uuid),
}

/// Why a session with the hypervisor ended.
enum End {
    Lost(String),
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
            inventory: Inventory::default(),
            dirty: HashSet::new(),
            reading: HashSet::new(),
            reads: JoinSet::new(),
            batches: 0,
            unread: HashSet::new(),
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
            let reason = match self.open(sender).await {
                Ok(subscriptions) => {
                    failures = 0;
                    self.set_status(Status::Online);
                    if let Some(first) = first.take() {
                        let _ = first.send(Ok(()));
                    }
                    let end = self.serve(&subscriptions, events).await;
                    self.hang_up(subscriptions).await;
                    match end {
                        End::Lost(reason) => reason,
                        End::Closed(done) => {
                            self.set_status(Status::Closed);
                            if let Some(done) = done {
                                let _ = done.send(());
                            }
                            return;
                        }
                    }
                }
                Err(error) => {
                    let refused = error.kind() == ErrorKind::Refused;
                    let reason = error.to_string();
                    if let Some(first) = first.take() {
                        let _ = first.send(Err(error));
                    }
                    if refused {
                        self.set_status(Status::Refused { reason });
                        if self.wait_for_retry(Duration::MAX).await {
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
            if !self.wait_for_retry(Duration::from_secs(retry_in)).await {
                return;
            }
        }
    }

    /// Opens the connection and registers the events, in that order and before anything is read,
    /// so that no change falls between.
    async fn open(&mut self, events: mpsc::UnboundedSender<Event>) -> Result<Vec<Subscription>> {
        let uri = self.calls.uri().to_owned();
        let agent = self.agent.clone();
        let (handles, subscriptions) = blocking(move || {
            let handles = open::open(&uri, &agent)?;
            let listen = |connection| {
                let events = events.clone();
                libvirt_ext::events::subscribe(connection, move |event| {
                    let _ = events.send(event);
                })
                .map_err(|error| handles.failed("listen to events", error))
            };
            let mut subscriptions = vec![listen(&handles.main)?];
            if handles.own_secrets {
                subscriptions.push(listen(&handles.secrets)?);
            }
            match lease::end_dead(&handles.secrets, &handles.canonical) {
                Ok(0) => {}
                Ok(ended) => tracing::info!(ended, "ended leases of a process that died"),
                Err(error) => tracing::warn!(%error, "dead leases could not be looked for"),
            }
            Ok((handles, subscriptions))
        })
        .await?;
        self.calls.set_handles(Some(handles));
        Ok(subscriptions)
    }

    async fn hang_up(&mut self, subscriptions: Vec<Subscription>) {
        self.reads.abort_all();
        while self.reads.join_next().await.is_some() {}
        self.reading.clear();
        self.batches = 0;
        self.unread.clear();
        self.dirty.clear();
        let handles = self.calls.set_handles(None);
        // Deregistering and closing talk to the daemon, and may have to find out that it is gone.
        let _ = tokio::task::spawn_blocking(move || {
            drop(subscriptions);
            drop(handles);
        })
        .await;
    }

    /// Follows an open connection until it ends.
    async fn serve(
        &mut self,
        subscriptions: &[Subscription],
        mut events: mpsc::UnboundedReceiver<Event>,
    ) -> End {
        if let Err(error) = self.read_everything().await {
            if error.kind() == ErrorKind::ConnectionLost {
                return End::Lost(error.to_string());
            }
            self.set_list_aside(error);
        }
        let polled = subscriptions.first().is_none_or(|guests| {
            let refused = guests.unsupported();
            refused.iter().any(|kind| kind.event == "domain/lifecycle")
        });
        let mut fallback = tokio::time::interval(FALLBACK_PERIOD);
        fallback.reset();
        let (kernel_sender, mut kernel_changes) = mpsc::unbounded_channel();
        let mut kernel = KernelWatch::new(&self.calls, kernel_sender);
        kernel.follow(&self.inventory);
        loop {
            self.start_readings();
            tokio::select! {
                event = events.recv() => match event {
                    Some(Event::Closed { reason }) => return End::Lost(lost_because(reason)),
                    Some(event) => self.take_event(event),
                    None => return End::Lost("its events ended".into()),
                },
                Some(change) = kernel_changes.recv() => self.take_kernel_change(change),
                Some(done) = self.reads.join_next() => {
                    if let Ok(done) = done {
                        self.take_reading(done);
                        kernel.follow(&self.inventory);
                    }
                }
                command = self.commands.recv() => match command {
                    Some(Command::Refresh(uuid)) => { self.dirty.insert(uuid); }
                    Some(Command::Retry) => {}
                    Some(Command::Close(done)) => return End::Closed(Some(done)),
                    None => return End::Closed(None),
                },
                reason = self.calls.lost() => return End::Lost(reason),
                _ = fallback.tick(), if polled || self.inventory.error.is_some() => {
                    if let Err(error) = self.read_everything().await {
                        self.set_list_aside(error);
                    }
                }
            }
        }
    }

    /// One bulk list, then the documents in batches, in the background.
    async fn read_everything(&mut self) -> Result<()> {
        let all = self
            .calls
            .run(
                Class::Ordinary,
                "list the virtual machines",
                guest::read_all,
            )
            .await?;
        let basics = all
            .iter()
            .map(|(_, guest)| (guest.uuid, Arc::new(guest.clone())))
            .collect();
        self.inventory = Inventory {
            guests: basics,
            changed: None,
            complete: all.is_empty(),
            error: None,
        };
        self.publish();
        let mut rest = all.into_iter().peekable();
        while rest.peek().is_some() {
            let batch: Vec<_> = rest.by_ref().take(BATCH).collect();
            self.batches += 1;
            let calls = self.calls.clone();
            self.reads.spawn(async move {
                Reading::Documents(documents::read_batch(calls, batch).await)
            });
        }
        Ok(())
    }

    /// Says that the list could not be had; what was known of the guests stays.
    fn set_list_aside(&mut self, error: Error) {
        tracing::warn!(%error, "the list of virtual machines could not be read");
        self.inventory.complete = true;
        self.inventory.error = Some(Arc::new(error));
        self.inventory.changed = Some(Vec::new());
        self.publish();
    }

    fn take_event(&mut self, event: Event) {
        if let Event::Domain { domain, .. } = &event {
            self.dirty.insert(domain.uuid);
        }
        self.tell(FactKind::Libvirt(Arc::new(event)));
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
            let known = self.inventory.guests.get(&uuid).cloned();
            self.reads.spawn(async move {
                Reading::One(
                    uuid,
                    documents::read_one(&calls, uuid, known.as_deref()).await,
                )
            });
        }
    }

    fn take_reading(&mut self, done: Reading) {
        let changed = match done {
            Reading::Again(uuid) => {
                self.dirty.insert(uuid);
                return;
            }
            Reading::One(uuid, result) => {
                self.reading.remove(&uuid);
                self.unread.remove(&uuid);
                match result {
                    Ok(Some(guest)) => self.put(guest),
                    Ok(None) => {
                        self.inventory.guests.remove(&uuid);
                    }
                    Err(error) => self.set_aside(uuid, &error),
                }
                vec![uuid]
            }
            Reading::Documents(batch) => self.take_batch(batch),
        };
        self.inventory.complete |= self.batches == 0 && self.unread.is_empty();
        self.inventory.changed = Some(changed);
        self.publish();
    }

    fn take_batch(&mut self, batch: Batch) -> Vec<Uuid> {
        self.batches = self.batches.saturating_sub(1);
        self.unread.extend(&batch.rest);
        self.dirty.extend(batch.rest);
        let mut changed = Vec::with_capacity(batch.read.len());
        for guest in batch.read.into_iter().chain(batch.stuck) {
            // An event's newer reading stands.
            let first = self
                .inventory
                .guests
                .get(&guest.uuid)
                .is_some_and(|known| known.summary.is_none() && known.error.is_none());
            if first {
                changed.push(guest.uuid);
                self.put(guest);
            }
        }
        changed
    }

    /// Puts a guest as it was read into the inventory.
    fn put(&mut self, guest: Guest) {
        let uuid = guest.uuid;
        if guest.error.is_some() {
            self.reads.spawn(async move {
                tokio::time::sleep(LOOK_AGAIN).await;
                Reading::Again(uuid)
            });
        }
        self.inventory.guests.insert(uuid, Arc::new(guest));
    }

    /// A guest that can't be read keeps its row, with the reason on it.
    fn set_aside(&mut self, uuid: Uuid, error: &Error) {
        if let Some(known) = self.inventory.guests.get(&uuid) {
            let mut guest = Guest::clone(known);
            guest.error = Some(error.to_string());
            self.inventory.guests.insert(uuid, Arc::new(guest));
        }
    }

    fn publish(&self) {
        self.out.inventory.send_replace(self.inventory.clone());
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
                        self.set_status(Status::Closed);
                        let _ = done.send(());
                        return false;
                    }
                    None => return false,
                },
            }
        }
    }
}

fn lost_because(reason: CloseReason) -> String {
    match reason {
        CloseReason::Keepalive => "the host does not answer any more",
        CloseReason::EndOfFile => "the libvirt daemon closed the connection",
        _ => "the connection broke",
    }
    .to_owned()
}

/// Runs a blocking act on a thread that may block.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(act)
        .await
        .map_err(|panicked| Error::Internal(panicked.to_string()))?
}

/// The handles are `Send`: they cross to the threads that block.
const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Handles>();
};
