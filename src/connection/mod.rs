// SPDX-License-Identifier: GPL-3.0-or-later
//! Connections to hypervisors: one actor each, and a handle that front ends hold.
//!
//! The actor owns the libvirt handle, the event registrations and the reconnecting; the handle
//! gives the inventory, the facts and the status as channels, and is what the operations of
//! `domain`, `tuning` and `secret` take as their way to libvirt.

mod actor;
pub(crate) mod calls;
mod documents;
mod kernel;
mod long;
mod roster;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use uuid::Uuid;

pub(crate) use self::calls::{Calls, Class};
pub use crate::model::inventory::{Fact, FactKind, Inventory, Status};

use self::actor::{Actor, Command, Outlets};
use crate::address::Site;
use crate::message::Message;
use crate::model::agent::Agent;
use crate::model::doing;
use crate::model::error::{ConnectionError, Error, Result, Thing, request};
use crate::model::guest::Guest;
use crate::model::host::HostIdentity;

/// Facts that a slow reader may be behind before it misses some.
const FACTS_KEPT: usize = 4096;

/// A connection to one hypervisor. Cloning gives another handle to the same; when the last one
/// is dropped it closes.
#[derive(Clone, Debug)]
pub struct Connection {
    calls: Calls,
    agent: Agent,
    inventory: watch::Receiver<Inventory>,
    status: watch::Receiver<Status>,
    // Kept to make further receivers from; never read itself.
    facts: Arc<broadcast::Receiver<Fact>>,
    commands: mpsc::UnboundedSender<Command>,
}

impl Connection {
    /// Begins to open a connection. It comes up, goes down and comes back by itself; the
    /// receiver tells how the first try went. Must be called within a tokio runtime.
    pub fn begin(uri: &str, agent: Agent) -> (Self, oneshot::Receiver<Result<()>>) {
        let calls = Calls::new(uri, agent.clone());
        let (inventory_sender, inventory) = watch::channel(Inventory::default());
        let (status_sender, status) = watch::channel(Status::Connecting);
        let (facts_sender, facts) = broadcast::channel(FACTS_KEPT);
        let (commands, receiver) = mpsc::unbounded_channel();
        let (first, opened) = oneshot::channel();
        let out = Outlets {
            inventory: inventory_sender,
            status: status_sender,
            facts: facts_sender,
        };
        let actor = Actor::new(calls.clone(), agent.clone(), out, receiver);
        tokio::spawn(actor.run(first));
        let connection = Self {
            calls,
            agent,
            inventory,
            status,
            facts: Arc::new(facts),
            commands,
        };
        (connection, opened)
    }

    /// Opens a connection and waits until it is open.
    ///
    /// # Errors
    /// [`Error::Connection`] and [`Error::Connection`].
    pub async fn open(uri: &str, agent: Agent) -> Result<Self> {
        let (connection, opened) = Self::begin(uri, agent);
        opened
            .await
            .map_err(|_| Error::Internal("the connection's task ended".into()))??;
        Ok(connection)
    }

    /// The URI as it was given.
    pub fn uri(&self) -> &str {
        self.calls.uri()
    }

    /// Whether the hypervisor runs on this machine.
    pub fn is_local(&self) -> bool {
        self.site().is_local
    }

    /// Where the hypervisor runs, and for whom: as libvirt says once it is open, until then as the
    /// URI does.
    pub fn site(&self) -> Site {
        self.calls().site()
    }

    /// All guests, newest state; wakes whenever it changes.
    pub fn inventory(&self) -> watch::Receiver<Inventory> {
        self.inventory.clone()
    }

    /// How the connection stands.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// What happens from now on.
    pub fn facts(&self) -> broadcast::Receiver<Fact> {
        self.facts.resubscribe()
    }

    /// The inventory once every guest's document has been read.
    ///
    /// # Errors
    /// [`Error::Connection`] if the connection breaks before; [`Error::Shared`] if the list
    /// could not be had.
    pub async fn complete_inventory(&self) -> Result<Inventory> {
        let mut inventory = self.inventory();
        let mut status = self.status();
        let lost = || self.lost(doing::LIST_GUESTS);
        let found = tokio::select! {
            biased;
            found = inventory.wait_for(|state| state.complete) => {
                found.map_err(|_| lost())?.clone()
            }
            _ = status.wait_for(|now| !matches!(now, Status::Online | Status::Connecting)) => {
                return Err(lost());
            }
        };
        match found.error {
            Some(error) => Err(Error::Shared(error)),
            None => Ok(found),
        }
    }

    /// A guest by name, or by UUID written out. Asks libvirt itself, so that one guest costs one
    /// guest and no list.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn guest(&self, name: &str) -> Result<Arc<Guest>> {
        let wanted = name.to_owned();
        check_name(name)?;
        let uuid = self
            .calls
            .run(Class::Ordinary, doing::FIND_GUEST, move |driver| {
                let found = driver.uuid_by_name(&wanted);
                found
                    .map(|found| found.or_else(|| Uuid::try_parse(&wanted).ok()))
                    .map_err(|failure| driver.failed(doing::FIND_GUEST, failure))
            })
            .await?;
        let found = match uuid {
            Some(uuid) => documents::read_one(&self.calls, uuid, None).await?,
            None => None,
        };
        found.map(Arc::new).ok_or_else(|| Error::NotFound {
            thing: Thing::Guest,
            name: name.to_owned(),
            uri: self.uri().to_owned(),
        })
    }

    /// Waits until a guest is as `wanted` says; `None` stands for a guest that is gone.
    ///
    /// The inventory follows libvirt's events, so nothing is polled.
    ///
    /// # Errors
    /// The guest as it was at the end of `how_long`, if it never came to that.
    pub(crate) async fn wait_until(
        &self,
        uuid: Uuid,
        how_long: Duration,
        wanted: impl Fn(Option<&Guest>) -> bool,
    ) -> std::result::Result<(), Option<Arc<Guest>>> {
        let mut inventory = self.inventory();
        // What is known may be older than the call that was just made.
        self.refresh(uuid);
        let reached = inventory.wait_for(|state| {
            let guest = state.guests.get(&uuid);
            wanted(guest.map(AsRef::as_ref))
        });
        if matches!(tokio::time::timeout(how_long, reached).await, Ok(Ok(_))) {
            return Ok(());
        }
        let state = self.inventory.borrow();
        Err(state.guests.get(&uuid).cloned())
    }

    /// Which host this leads to.
    pub(crate) async fn host_identity(&self) -> Result<HostIdentity> {
        let doing = doing::IDENTIFY_HOST;
        self.calls()
            .run(Class::Ordinary, doing, |driver| {
                Ok(driver.identity()?.clone())
            })
            .await
    }

    /// Has one guest read again.
    pub fn refresh(&self, uuid: Uuid) {
        let _ = self.commands.send(Command::Refresh(uuid));
    }

    /// Tries to open a waiting or refused connection now.
    pub fn retry(&self) {
        let _ = self.commands.send(Command::Retry);
    }

    /// Waits until no call to libvirt is under way. A call can't be stopped: one whose future was
    /// dropped goes on, and ends its leases when it returns.
    pub async fn settle(&self) {
        self.calls.idle().await;
    }

    /// Closes the connection and waits until it is closed.
    pub async fn close(self) {
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close(done)).is_ok() {
            let _ = closed.await;
        }
    }

    pub(crate) fn calls(&self) -> &Calls {
        &self.calls
    }

    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    fn lost(&self, doing: impl Into<Message>) -> Error {
        Error::Connection(ConnectionError::Lost {
            uri: self.uri().to_owned(),
            doing: doing.into(),
        })
    }
}

/// Refuses a name that can name no guest, before libvirt is asked.
fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.contains('\0') {
        return Err(Error::Invalid(request::NO_NAME.into()));
    }
    Ok(())
}
