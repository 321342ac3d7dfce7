// SPDX-License-Identifier: GPL-3.0-or-later
//! The engine as the window holds it: its connections, on a runtime of its own.
//!
//! Owns the connections and the tasks that follow them. Calls go in from the GTK thread and never
//! wait; what comes of them arrives as a [`Report`]. It knows no widget.

mod action;
mod follow;
pub mod log;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use oriel::agent::{Agent, Question};
use oriel::connection::Status;
use oriel::domain::Guest;
use oriel::secret::handover::KeyState;
use oriel::{Connection, Error};
use relm4::Sender;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

pub use self::action::Action;
pub use self::follow::Change;
use self::log::{EventLog, What};

/// Questions that may wait for the person.
const QUESTIONS: usize = 16;

/// How long a start that is under way may take to give its passphrase back at the end.
const SETTLING_TIME: Duration = Duration::from_mins(1);

/// How long open connections may take to close at the end.
const CLOSING_TIME: Duration = Duration::from_secs(2);

/// Which of the window's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(usize);

/// Which guest, over all connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuestKey {
    /// The connection that it is on.
    pub connection: ConnectionId,
    /// Its identity there.
    pub uuid: Uuid,
}

/// What the engine tells the window.
#[derive(Debug)]
pub enum Report {
    /// Guests came, changed or went.
    Guests(ConnectionId, Change),
    /// How the keys of these guests stand.
    Keys(ConnectionId, Vec<(Uuid, KeyState)>),
    /// A connection came up or went down.
    Status(ConnectionId, Status),
    /// An action has ended.
    ActionEnded {
        /// On which guest.
        key: GuestKey,
        /// The guest's name then.
        name: String,
        /// What was done.
        action: Action,
        /// How it went.
        result: Result<(), Error>,
    },
    /// Only the person can answer.
    Asked(Question),
}

/// The engine with its connections.
#[derive(Debug)]
pub struct Engine {
    runtime: Handle,
    connections: Vec<Connection>,
    look_at_keys: Vec<Arc<Notify>>,
    log: Arc<EventLog>,
}

impl Engine {
    /// Begins to open the connections, each URI once, and gives the questions that come of it.
    pub fn start(runtime: &Handle, uris: &[String]) -> (Self, mpsc::Receiver<Question>) {
        let (sender, questions) = mpsc::channel(QUESTIONS);
        let mut agent = Agent::new(sender);
        if let Ok(own) = std::env::current_exe() {
            agent = agent.with_askpass(own, vec![crate::ASKPASS.to_owned()]);
        }
        let mut seen = BTreeSet::new();
        let _context = runtime.enter();
        let connections: Vec<_> = uris
            .iter()
            .filter(|uri| seen.insert(*uri))
            .map(|uri| Connection::begin(uri, agent.clone()).0)
            .collect();
        let look_at_keys = connections.iter().map(|_| Arc::default()).collect();
        let engine = Self {
            runtime: runtime.clone(),
            connections,
            look_at_keys,
            log: Arc::default(),
        };
        (engine, questions)
    }

    /// The connections with their URIs, in the order of the command line.
    pub fn connections(&self) -> impl Iterator<Item = (ConnectionId, &str)> {
        self.connections
            .iter()
            .enumerate()
            .map(|(number, connection)| (ConnectionId(number), connection.uri()))
    }

    /// One of the connections.
    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.get(id.0)
    }

    /// The runtime on which everything that waits belongs.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// What happened to guests so far.
    pub fn log(&self) -> &Arc<EventLog> {
        &self.log
    }

    /// Has everything that happens reported from now on.
    pub fn follow(&self, mut questions: mpsc::Receiver<Question>, out: &Sender<Report>) {
        for (number, connection) in self.connections.iter().enumerate() {
            let id = ConnectionId(number);
            self.runtime
                .spawn(follow::guests(id, connection.inventory(), out.clone()));
            self.runtime
                .spawn(follow::status(id, connection.status(), out.clone()));
            self.runtime
                .spawn(log::follow(id, connection.clone(), Arc::clone(&self.log)));
            if let Some(again) = self.look_at_keys.get(number) {
                self.runtime.spawn(follow::keys(
                    id,
                    connection.clone(),
                    Arc::clone(again),
                    out.clone(),
                ));
            }
        }
        let out = out.clone();
        self.runtime.spawn(async move {
            while let Some(question) = questions.recv().await {
                out.emit(Report::Asked(question));
            }
        });
    }

    /// Has the keys looked at again: nothing tells when a keyring is locked or unlocked.
    pub fn look_at_keys(&self) {
        for again in &self.look_at_keys {
            again.notify_one();
        }
    }

    /// Tries a connection that is down again now.
    pub fn retry(&self, id: ConnectionId) {
        if let Some(connection) = self.connection(id) {
            connection.retry();
        }
    }

    /// Begins an action on a guest; its end is reported.
    pub fn act(&self, key: GuestKey, guest: Arc<Guest>, action: Action, out: Sender<Report>) {
        let Some(connection) = self.connection(key.connection).cloned() else {
            return;
        };
        let log = Arc::clone(&self.log);
        log.enter(key, What::Began(action));
        self.runtime.spawn(async move {
            let result = action.carry_out(&connection, &guest).await;
            log.enter(
                key,
                match &result {
                    Ok(()) => What::Done(action),
                    Err(error) => What::Failed(action, error.to_string()),
                },
            );
            out.emit(Report::ActionEnded {
                key,
                name: guest.display_name().to_owned(),
                action,
                result,
            });
        });
    }

    /// Waits for what can't be stopped, then closes the connections.
    pub async fn close(&self) {
        for connection in &self.connections {
            if tokio::time::timeout(SETTLING_TIME, connection.settle())
                .await
                .is_err()
            {
                tracing::warn!(uri = connection.uri(), "a call to libvirt does not return");
            }
            let _ = tokio::time::timeout(CLOSING_TIME, connection.clone().close()).await;
        }
    }
}

#[cfg(test)]
pub mod tests {
    //! What tests of other modules need.

    use super::{ConnectionId, GuestKey};
    use uuid::Uuid;

    /// The key of some guest.
    pub fn key(number: u128) -> GuestKey {
        GuestKey {
            connection: ConnectionId(0),
            uuid: Uuid::from_u128(number),
        }
    }
}
