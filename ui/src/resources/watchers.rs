// SPDX-License-Identifier: GPL-3.0-or-later
//! The tasks of the page of resources: one reads the controls of the guest on show, the other
//! carries changes out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use libvirt_ext::events::{DomainEvent, Event};
use oriel::connection::FactKind;
use oriel::domain::Guest;
use oriel::tuning::{self, Scope};
use oriel::{Connection, connection::Fact};
use relm4::Sender;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast, watch};
use uuid::Uuid;

use super::control::ControlId;
use super::messages::ResourcesCmd;
use crate::engine::GuestKey;
use crate::engine::log::{EventLog, What};

/// How often what has no event is read again.
const PERIOD: Duration = Duration::from_secs(2);

/// The rest after a change while a slider is dragged.
const REST: Duration = Duration::from_millis(60);

/// The number of the last change of each control that was carried out.
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
    applied: Mutex<Applied>,
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

    fn take(&self) -> Option<(ControlId, Wish)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = waiting.iter().min_by_key(|(_, wish)| wish.number);
        let place = oldest.map(|(place, _)| *place)?;
        waiting.remove(&place).map(|wish| (place.1, wish))
    }

    fn applied(&self) -> Applied {
        self.applied
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn done(&self, id: ControlId, number: u64) {
        self.applied
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, number);
        self.again.notify_one();
    }
}

/// Carries wishes out, one at a time and the newest of each control, until the page and with it
/// the other end of `page` is gone.
pub async fn apply(
    wishes: Arc<Wishes>,
    log: Arc<EventLog>,
    mut page: watch::Receiver<Option<Subject>>,
    out: Sender<ResourcesCmd>,
) {
    loop {
        let Some((id, wish)) = wishes.take() else {
            tokio::select! {
                () = wishes.wake.notified() => {}
                _ = page.wait_for(|_| false) => return,
            }
            continue;
        };
        let settings = id.settings(wish.value);
        let subject = &wish.subject;
        let result = tuning::apply(&subject.connection, &subject.guest, settings, wish.scope).await;
        wishes.done(id, wish.number);
        // Of what holds now, libvirt or the kernel tells.
        if result.is_ok() && wish.scope == Scope::Config {
            let what = What::NextLimit(id.name().to_owned(), wish.value);
            log.enter(subject.key, what);
        }
        out.emit(ResourcesCmd::Applied {
            key: subject.key,
            id,
            number: wish.number,
            result,
        });
        tokio::time::sleep(REST).await;
    }
}

/// Reads the controls of the target: at once, when something about it is told, and every two
/// seconds. Without a target it sleeps.
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
        let applied = wishes.applied();
        let tuning = tuning::read(&now.connection, &now.guest)
            .await
            .map(Box::new);
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
        FactKind::Libvirt(event) => matches!(&**event, Event::Domain { domain, event }
            if domain.uuid == uuid
                && matches!(event, DomainEvent::Tunable { .. } | DomainEvent::BalloonChange { .. })),
        _ => false,
    }
}
