// SPDX-License-Identifier: GPL-3.0-or-later
//! The engine as the window holds it: its connections, on a runtime of its own.
//!
//! Owns the connections and the tasks that follow them. Calls go in from the GTK thread and never
//! wait; what comes of them arrives as a [`Report`]. It knows no widget.

mod action;
mod follow;
mod jobs;
pub mod log;
mod picture;

use oriel::error::Thing;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use oriel::agent::{Agent, Question};
use oriel::connection::Status;
use oriel::guest::Guest;
use oriel::guest::create::{self, Leftover, Outcome};
use oriel::secret::state::KeyState;
use oriel::{Connection, Error};
use relm4::Sender;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

use oriel_ui_colour::Colours;
use oriel_ui_kit::i18n::{gettext_f, said};

pub use self::action::{Action, look};
pub use self::follow::Change;
pub use self::jobs::{Job, Jobs, Lasting};
use self::log::{EventLog, What};
pub use self::picture::painted;

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
    /// A guest that was named to be launched was found, or not.
    ToLaunch {
        /// The name that was given.
        name: String,
        /// The guest.
        result: Result<(GuestKey, Arc<Guest>), Error>,
    },
    /// Creations that died have left something on this connection.
    Leftovers(ConnectionId, Vec<Leftover>),
    /// What became of each of them, with its guest's name.
    CleanedUp(Vec<(String, Result<Outcome, Error>)>),
    /// What long operation is under way, if one is.
    Lasts(Vec<Lasting>),
    /// Only the person can answer.
    Asked(Question),
}

impl Report {
    /// An action that ended at once, since its guest or its connection is not there any more.
    pub fn not_there(key: GuestKey, name: &str, uri: &str, action: Action) -> Self {
        Self::ActionEnded {
            key,
            name: name.to_owned(),
            action,
            result: Err(Error::NotFound {
                thing: Thing::Guest,
                name: name.to_owned(),
                uri: uri.to_owned(),
            }),
        }
    }
}

/// The engine with its connections.
#[derive(Debug)]
pub struct Engine {
    runtime: Handle,
    agent: Agent,
    state: Mutex<State>,
    log: Arc<EventLog>,
    jobs: Jobs,
    colours: Colours,
}

#[derive(Debug, Default)]
struct State {
    connections: BTreeMap<ConnectionId, Held>,
    next: usize,
    out: Option<Sender<Report>>,
}

/// A connection and what follows it.
#[derive(Debug)]
struct Held {
    connection: Connection,
    look_at_keys: Arc<Notify>,
}

impl Engine {
    /// An engine without connections, and the questions that will come of them.
    pub fn new(runtime: &Handle) -> (Self, mpsc::Receiver<Question>) {
        let (sender, questions) = mpsc::channel(QUESTIONS);
        let mut agent = Agent::new(sender);
        if let Ok(own) = std::env::current_exe() {
            agent = agent.with_askpass(own, vec![crate::ASKPASS.to_owned()]);
        }
        let engine = Self {
            runtime: runtime.clone(),
            agent,
            state: Mutex::default(),
            log: Arc::default(),
            jobs: Jobs::default(),
            colours: Colours::start(runtime),
        };
        (engine, questions)
    }

    /// The monitors' colours.
    pub fn colours(&self) -> &Colours {
        &self.colours
    }

    /// Begins to open a connection. The same URI again gives the connection that is there.
    pub fn connect(&self, uri: &str) -> ConnectionId {
        let mut state = self.state();
        let known = |(_, held): &(&ConnectionId, &Held)| held.connection.uri() == uri;
        if let Some((id, held)) = state.connections.iter().find(known) {
            held.connection.retry();
            return *id;
        }
        let _context = self.runtime.enter();
        let id = ConnectionId(state.next);
        state.next += 1;
        let held = Held {
            connection: Connection::begin(uri, self.agent.clone()).0,
            look_at_keys: Arc::default(),
        };
        if let Some(out) = &state.out {
            follow::all(id, &held.connection, &held.look_at_keys, &self.log, out);
        }
        state.connections.insert(id, held);
        id
    }

    /// Closes a connection, once what can't be stopped has ended.
    pub fn disconnect(&self, id: ConnectionId) {
        let held = self.state().connections.remove(&id);
        if let Some(held) = held {
            self.runtime.spawn(close(held.connection));
        }
    }

    /// The connections with their URIs, in the order in which they came.
    pub fn connections(&self) -> Vec<(ConnectionId, String)> {
        let uri = |(id, held): (&ConnectionId, &Held)| (*id, held.connection.uri().to_owned());
        self.state().connections.iter().map(uri).collect()
    }

    /// One of the connections.
    pub fn connection(&self, id: ConnectionId) -> Option<Connection> {
        let state = self.state();
        let held = state.connections.get(&id)?;
        Some(held.connection.clone())
    }

    /// The runtime on which everything that waits belongs.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// What happened to guests so far.
    pub fn log(&self) -> &Arc<EventLog> {
        &self.log
    }

    /// The long operations under way.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Has everything that happens reported from now on.
    pub fn follow(&self, mut questions: mpsc::Receiver<Question>, out: &Sender<Report>) {
        let mut state = self.state();
        let _context = self.runtime.enter();
        for (id, held) in &state.connections {
            follow::all(*id, &held.connection, &held.look_at_keys, &self.log, out);
        }
        state.out = Some(out.clone());
        let lasts = out.clone();
        let jobs = self.jobs.clone();
        self.runtime
            .spawn(jobs.follow(move |what| lasts.emit(Report::Lasts(what))));
        let out = out.clone();
        self.runtime.spawn(async move {
            while let Some(question) = questions.recv().await {
                out.emit(Report::Asked(question));
            }
        });
    }

    /// Has the keys looked at again.
    pub fn look_at_keys(&self) {
        for held in self.state().connections.values() {
            held.look_at_keys.notify_one();
        }
    }

    /// Has the keys looked at whenever the keyring tells of a change.
    pub fn follow_keyring(self: &Arc<Self>) {
        let engine = Arc::downgrade(self);
        self.runtime.spawn(async move {
            let look = || {
                if let Some(engine) = engine.upgrade() {
                    engine.look_at_keys();
                }
            };
            if let Err(error) = oriel::secret::keyring::follow(look).await {
                tracing::debug!(%error, "the keyring is looked at when the window gets the focus");
            }
        });
    }

    /// Tries every connection that is down again now.
    pub fn retry(&self) {
        for held in self.state().connections.values() {
            held.connection.retry();
        }
    }

    /// Begins an action on a guest; its end is reported.
    pub fn act(&self, key: GuestKey, guest: Arc<Guest>, action: Action, out: Sender<Report>) {
        let Some(connection) = self.connection(key.connection) else {
            let name = guest.display_name();
            out.emit(Report::not_there(key, &name, "libvirt", action));
            return;
        };
        let log = Arc::clone(&self.log);
        log.enter(key, What::Began(action));
        self.runtime.spawn(async move {
            let result = action::carry_out(action, &connection, &guest).await;
            log.enter(
                key,
                match &result {
                    Ok(()) => What::Done(action),
                    Err(error) => What::Failed(action, said(&error.reason())),
                },
            );
            out.emit(Report::ActionEnded {
                key,
                name: guest.display_name().into_owned(),
                action,
                result,
            });
        });
    }

    /// Looks what creations that died have left on a connection, and reports it.
    pub fn look_for_leftovers(&self, id: ConnectionId) {
        let state = self.state();
        let (Some(out), Some(held)) = (state.out.clone(), state.connections.get(&id)) else {
            return;
        };
        let uri = held.connection.uri().to_owned();
        self.runtime
            .spawn_blocking(move || match create::leftovers() {
                Ok(mut found) => {
                    found.retain(|leftover| leftover.uri == uri);
                    if !found.is_empty() {
                        out.emit(Report::Leftovers(id, found));
                    }
                }
                Err(error) => tracing::warn!(%error, "the journal can't be read"),
            });
    }

    /// Finishes or undoes what creations left, and reports how that went.
    pub fn clean_up(&self, id: ConnectionId, leftovers: Vec<Leftover>) {
        let Some(connection) = self.connection(id) else {
            return;
        };
        let Some(out) = self.state().out.clone() else {
            return;
        };
        let jobs = self.jobs.clone();
        self.runtime.spawn(async move {
            let mut results = Vec::new();
            for leftover in leftovers {
                let what = gettext_f(
                    "What is left of “{name}” is being finished or removed",
                    &[("name", &leftover.domain)],
                );
                let _job = jobs.begin(what, None);
                let result = create::clean_up(&connection, leftover.id).await;
                results.push((leftover.domain, result));
            }
            out.emit(Report::CleanedUp(results));
        });
    }

    /// Forgets what creations left, and touches none of it; reports what could not be forgotten.
    pub fn keep_leftovers(&self, leftovers: Vec<Leftover>) {
        let Some(out) = self.state().out.clone() else {
            return;
        };
        self.runtime.spawn(async move {
            let mut results = Vec::new();
            for leftover in leftovers {
                results.push((leftover.domain, create::keep(leftover.id).await));
            }
            out.emit(Report::CleanedUp(results));
        });
    }

    /// Looks for a guest by name or UUID on these connections, the first that has it, and reports
    /// it as one to launch.
    pub fn find_to_launch(&self, on: &[ConnectionId], name: String) {
        let state = self.state();
        let Some(out) = state.out.clone() else { return };
        let places: Vec<_> = on
            .iter()
            .filter_map(|id| Some((*id, state.connections.get(id)?.connection.clone())))
            .collect();
        self.runtime.spawn(async move {
            let uris: Vec<_> = places.iter().map(|(_, it)| it.uri()).collect();
            let mut result = Err(Error::NotFound {
                thing: Thing::Guest,
                name: name.clone(),
                uri: uris.join(", "),
            });
            for (id, connection) in &places {
                let mut status = connection.status();
                let _ = status.wait_for(|now| *now != Status::Connecting).await;
                match connection.guest(&name).await {
                    Ok(guest) => {
                        let key = GuestKey {
                            connection: *id,
                            uuid: guest.uuid,
                        };
                        result = Ok((key, guest));
                        break;
                    }
                    // What is nowhere is told of the first place that could not be looked at.
                    Err(error) if matches!(result, Err(Error::NotFound { .. })) => {
                        result = Err(error);
                    }
                    Err(_) => {}
                }
            }
            out.emit(Report::ToLaunch { name, result });
        });
    }

    /// Waits for what can't be stopped, then closes the connections.
    pub async fn close(&self) {
        let held = std::mem::take(&mut self.state().connections);
        for held in held.into_values() {
            close(held.connection).await;
        }
    }

    /// No holder of the lock can leave it half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn close(connection: Connection) {
    if tokio::time::timeout(SETTLING_TIME, connection.settle())
        .await
        .is_err()
    {
        tracing::warn!(uri = connection.uri(), "a call to libvirt does not return");
    }
    let _ = tokio::time::timeout(CLOSING_TIME, connection.close()).await;
}

#[cfg(test)]
pub mod tests {
    //! What tests of other modules need.

    use super::{ConnectionId, GuestKey};
    use uuid::Uuid;

    /// The key of some guest.
    pub const fn key(number: u128) -> GuestKey {
        GuestKey {
            connection: ConnectionId(0),
            uuid: Uuid::from_u128(number),
        }
    }
}
