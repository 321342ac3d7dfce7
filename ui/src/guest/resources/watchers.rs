// SPDX-License-Identifier: GPL-3.0-or-later
//! The tasks of the page of resources: one reads the controls of the guest on show, the other
//! carries changes out.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oriel::connection::FactKind;
use oriel::control::{self, Change, Scope};
use oriel::guest::Guest;
use oriel::model::control::find;
use oriel::model::happening::What as Told;
use oriel::{Connection, connection::Fact};
use relm4::Sender;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::control::ControlId;
use super::messages::ResourcesCmd;
use crate::engine::GuestKey;
use crate::engine::log::{EventLog, What};

/// How often what has no event is read again.
const PERIOD: Duration = Duration::from_secs(2);

/// The rest after a change while a slider is dragged.
const REST: Duration = Duration::from_millis(60);

/// The number of the last change of each control of a guest that was carried out.
pub type Applied = HashMap<ControlId, u64>;

/// Whose controls are looked at.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Which guest.
    pub key: GuestKey,
    /// As it is now.
    pub guest: Arc<Guest>,
    /// Its connection.
    pub connection: Connection,
}

/// A change that the person wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Of whose controls.
    pub subject: Subject,
    /// To which value, in the engine's units.
    pub value: Option<u64>,
    /// Where it goes.
    pub scope: Scope,
    /// Its number: later ones are greater.
    pub number: u64,
}

/// Wishes that wait: the newest of each control of each guest.
#[derive(Debug, Default)]
pub struct Wishes {
    waiting: Mutex<HashMap<(GuestKey, ControlId), Wish>>,
    applied: Mutex<HashMap<GuestKey, Applied>>,
    /// There is a wish.
    wake: Notify,
    /// Something changed that is to be read now.
    again: Notify,
}

impl Wishes {
    /// Puts a wish in the place of an older one.
    pub fn put(&self, id: ControlId, wish: Wish) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert((wish.subject.key, id), wish);
        drop(waiting);
        self.wake.notify_one();
    }

    /// Has the controls read again now.
    pub fn look_again(&self) {
        self.again.notify_one();
    }

    /// The oldest wish for a guest that nothing is being done with.
    fn take(&self, busy: &HashSet<GuestKey>) -> Option<(ControlId, Wish)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let free = waiting.iter().filter(|((key, _), _)| !busy.contains(key));
        let place = free.min_by_key(|(_, wish)| wish.number).map(|it| *it.0)?;
        waiting.remove(&place).map(|wish| (place.1, wish))
    }

    fn applied(&self, key: GuestKey) -> Applied {
        let applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        applied.get(&key).cloned().unwrap_or_default()
    }

    fn done(&self, key: GuestKey, id: ControlId, number: u64) {
        {
            let mut applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
            applied.entry(key).or_default().insert(id, number);
        }
        self.again.notify_one();
    }
}

/// Carries wishes out: for each guest one at a time and the newest of each control, and one guest
/// beside the other, so that one that hangs holds up itself. It ends when the page and with it the
/// other end of `page` is gone and every wish has been carried out.
pub async fn apply(
    wishes: Arc<Wishes>,
    log: Arc<EventLog>,
    mut page: watch::Receiver<Option<Subject>>,
    out: Sender<ResourcesCmd>,
) {
    let mut busy = HashSet::new();
    let mut running = JoinSet::new();
    let mut gone = false;
    loop {
        while let Some((id, wish)) = wishes.take(&busy) {
            let key = wish.subject.key;
            busy.insert(key);
            let (wishes, log, out) = (Arc::clone(&wishes), Arc::clone(&log), out.clone());
            running.spawn(async move {
                carry_out(id, wish, &wishes, &log, &out).await;
                key
            });
        }
        if gone && running.is_empty() {
            return;
        }
        tokio::select! {
            () = wishes.wake.notified() => {}
            Some(done) = running.join_next() => match done {
                Ok(key) => { busy.remove(&key); }
                Err(panicked) => {
                    tracing::error!(%panicked, "a change was not carried out");
                    return;
                }
            },
            _ = page.wait_for(|_| false), if !gone => gone = true,
        }
    }
}

async fn carry_out(
    id: ControlId,
    wish: Wish,
    wishes: &Wishes,
    log: &EventLog,
    out: &Sender<ResourcesCmd>,
) {
    let Subject {
        key,
        guest,
        connection,
    } = &wish.subject;
    let control = find(id).into_iter();
    let value = wish.value;
    let changes = control.map(|control| Change { control, value });
    let changes = changes.collect();
    let result = control::apply(connection, guest, changes, wish.scope).await;
    wishes.done(*key, id, wish.number);
    // Of what holds now, libvirt or the kernel tells.
    if result.is_ok() && wish.scope == Scope::Config {
        let what = What::NextLimit(id.to_owned(), wish.value);
        log.enter(*key, what);
    }
    out.emit(ResourcesCmd::Applied {
        key: *key,
        id,
        number: wish.number,
        result,
    });
    tokio::time::sleep(REST).await;
}

/// Reads the controls of the target: at once, when something about it is told, and every two
/// seconds. Without a target it sleeps. A reading of a guest that is no longer the target is not
/// waited for.
pub async fn readings(
    mut target: watch::Receiver<Option<Subject>>,
    wishes: Arc<Wishes>,
    out: Sender<ResourcesCmd>,
) {
    loop {
        let Some(now) = target.borrow_and_update().clone() else {
            if target.changed().await.is_err() {
                return;
            }
            continue;
        };
        // Before the reading, so that what is told meanwhile leads to another.
        let mut facts = now.connection.facts();
        let applied = wishes.applied(now.key);
        let mut other = target.clone();
        let is_other = |it: &Option<Subject>| it.as_ref().is_none_or(|it| it.key != now.key);
        let tuning = tokio::select! {
            read = control::read(&now.connection, &now.guest) => read.map(Box::new),
            changed = other.wait_for(is_other) => match changed {
                Ok(_) => continue,
                Err(_) => return,
            },
        };
        if out
            .send(ResourcesCmd::Read(now.key, tuning, applied))
            .is_err()
        {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            () = wishes.again.notified() => {}
            () = news_of(now.key.uuid, &mut facts) => {}
            changed = target.changed() => if changed.is_err() { return },
        }
    }
}

/// Waits for word of a limit of the guest.
async fn news_of(uuid: Uuid, facts: &mut broadcast::Receiver<Fact>) {
    loop {
        match facts.recv().await {
            Ok(fact) if concerns(&fact.kind, uuid) => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            // The connection is closed: nothing is told any more.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

fn concerns(kind: &FactKind, uuid: Uuid) -> bool {
    match kind {
        FactKind::Kernel(change) => change.uuid == uuid,
        FactKind::Happened(happening) => {
            let changes = matches!(happening.what, Told::Control(..) | Told::Balloon(_));
            changes && happening.guest() == Some(uuid)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use oriel::agent::Agent;
    use oriel::guest::DomainState;
    use oriel::model::control::CPU_SHARES;

    use super::*;
    use crate::engine::tests::key;

    fn wish(connection: &Connection, guest: u128, number: u64) -> Wish {
        let key = key(guest);
        Wish {
            subject: Subject {
                key,
                guest: Arc::new(Guest {
                    uuid: key.uuid,
                    name: format!("guest {guest}"),
                    id: None,
                    state: DomainState::ShutOff,
                    persistent: true,
                    saved: false,
                    summary: None,
                    error: None,
                }),
                connection: connection.clone(),
            },
            value: Some(number),
            scope: Scope::Config,
            number,
        }
    }

    #[tokio::test]
    async fn each_guest_has_its_turn_and_the_newest_wish_counts() {
        let connection = Connection::begin("test:///default", Agent::default()).0;
        let wishes = Wishes::default();
        for (guest, number) in [(1, 1), (2, 2), (1, 3)] {
            wishes.put(CPU_SHARES.name, wish(&connection, guest, number));
        }
        let mut busy = HashSet::new();
        let mut taken = Vec::new();
        while let Some((_, wish)) = wishes.take(&busy) {
            busy.insert(wish.subject.key);
            taken.push(wish.number);
        }
        assert_eq!(taken, [2, 3]);
        // The next wish for one that is busy waits, and no other's.
        for (guest, number) in [(1, 4), (3, 5)] {
            wishes.put(CPU_SHARES.name, wish(&connection, guest, number));
        }
        let next = wishes.take(&busy).map(|(_, wish)| wish.number);
        assert_eq!(next, Some(5));
        assert!(wishes.take(&busy).is_none());
        // What was done with one says nothing of another.
        wishes.done(key(2), CPU_SHARES.name, 2);
        assert!(wishes.applied(key(1)).is_empty());
        assert_eq!(wishes.applied(key(2))[&CPU_SHARES.name], 2);
    }
}
