// SPDX-License-Identifier: GPL-3.0-or-later
//! The tasks that follow a connection and report what changed.
//!
//! A burst of events becomes one report: after each, a task rests for a moment, and the newest
//! state wins. What differs is worked out here, so that the GTK thread only touches rows that
//! changed.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use oriel::Connection;
use oriel::connection::{Inventory, Status};
use oriel::guest::Guest;
use oriel::secret::keyring::Keyring;
use oriel::secret::state;
use relm4::Sender;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::log::{self, EventLog};
use super::{ConnectionId, Report};

/// The rest after a report.
const REST: Duration = Duration::from_millis(40);

/// What differs between two states of an inventory.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Guests that are new or no longer as they were.
    pub changed: Vec<Arc<Guest>>,
    /// Guests that are gone.
    pub gone: Vec<Uuid>,
}

impl Change {
    /// What leads from `before` to `now`.
    pub fn between(before: &Inventory, now: &Inventory) -> Self {
        let same = |guest: &Arc<Guest>| {
            before
                .guests
                .get(&guest.uuid)
                .is_some_and(|known| Arc::ptr_eq(known, guest))
        };
        Self {
            changed: now
                .guests
                .values()
                .filter(|guest| !same(guest))
                .cloned()
                .collect(),
            gone: before
                .guests
                .keys()
                .filter(|uuid| !now.guests.contains_key(*uuid))
                .copied()
                .collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.gone.is_empty()
    }
}

/// Has everything of a connection reported; it takes the runtime's context.
pub fn all(
    id: ConnectionId,
    connection: &Connection,
    look_at_keys: &Arc<Notify>,
    log: &Arc<EventLog>,
    out: &Sender<Report>,
) {
    tokio::spawn(log::follow(id, connection.clone(), Arc::clone(log)));
    tokio::spawn(guests(id, connection.inventory(), out.clone()));
    tokio::spawn(status(id, connection.status(), out.clone()));
    tokio::spawn(keys(
        id,
        connection.clone(),
        Arc::clone(look_at_keys),
        out.clone(),
    ));
}

/// Reports guests that came, changed or went, until the connection closes.
pub async fn guests(
    id: ConnectionId,
    mut inventory: watch::Receiver<Inventory>,
    out: Sender<Report>,
) {
    let mut known = Inventory::default();
    loop {
        let now = inventory.borrow_and_update().clone();
        let change = Change::between(&known, &now);
        known = now;
        if !change.is_empty() {
            out.emit(Report::Guests(id, change));
        }
        tokio::time::sleep(REST).await;
        if inventory.changed().await.is_err() {
            return;
        }
    }
}

/// Reports how the connection stands, until it closes.
pub async fn status(id: ConnectionId, mut status: watch::Receiver<Status>, out: Sender<Report>) {
    loop {
        let now = status.borrow_and_update().clone();
        out.emit(Report::Status(id, now));
        if status.changed().await.is_err() {
            return;
        }
    }
}

/// Reports how the keys of encrypted guests stand: of those that changed, and of all when told
/// to look `again`. The keyring is spoken to only if a guest needs it.
pub async fn keys(
    id: ConnectionId,
    connection: Connection,
    again: Arc<Notify>,
    out: Sender<Report>,
) {
    let mut inventory = connection.inventory();
    let mut known = Inventory::default();
    let mut unanswered = HashSet::new();
    loop {
        let now = inventory.borrow_and_update().clone();
        let wanted: Vec<_> = Change::between(&known, &now)
            .changed
            .into_iter()
            .filter(|guest| needs_key(guest))
            .collect();
        known = now;
        if !wanted.is_empty() {
            let keyring = Keyring::open().await.ok();
            let mut states = Vec::with_capacity(wanted.len());
            for guest in wanted {
                let references = guest.summary.as_ref().map_or(&[][..], |s| &s.secrets);
                match state::key_state(&connection, keyring.as_ref(), references).await {
                    Ok(state) => states.push((guest.uuid, state)),
                    Err(error) => {
                        // The row then says that the key is not known.
                        if unanswered.insert(guest.uuid) {
                            tracing::info!(%error, guest = guest.name, "no answer about a key");
                        }
                    }
                }
            }
            out.emit(Report::Keys(id, states));
        }
        tokio::time::sleep(REST).await;
        tokio::select! {
            changed = inventory.changed() => if changed.is_err() { return },
            () = again.notified() => known = Inventory::default(),
        }
    }
}

/// Whether something of the guest opens with a passphrase.
fn needs_key(guest: &Guest) -> bool {
    let summary = guest.summary.as_ref();
    summary.is_some_and(|summary| !summary.secrets.is_empty())
}

#[cfg(test)]
mod tests {
    use oriel::guest::DomainState;

    use super::*;

    fn guest(number: u128) -> Arc<Guest> {
        Arc::new(Guest {
            uuid: Uuid::from_u128(number),
            name: format!("guest {number}"),
            id: None,
            state: DomainState::ShutOff,
            persistent: true,
            saved: false,
            summary: None,
            error: None,
        })
    }

    fn with(guests: &[&Arc<Guest>]) -> Inventory {
        let mut inventory = Inventory::default();
        for guest in guests {
            inventory.guests.insert(guest.uuid, Arc::clone(guest));
        }
        inventory
    }

    #[test]
    fn only_what_differs_is_reported() {
        let (stays, goes, comes) = (guest(1), guest(2), guest(3));
        let change = Change::between(&with(&[&stays, &goes]), &with(&[&stays, &comes]));
        assert_eq!(change.gone, [goes.uuid]);
        assert_eq!(change.changed.len(), 1);
        assert_eq!(change.changed[0].uuid, comes.uuid);
    }

    #[test]
    fn a_guest_that_was_read_again_is_changed() {
        let change = Change::between(&with(&[&guest(1)]), &with(&[&guest(1)]));
        assert_eq!(change.changed.len(), 1);
        assert!(change.gone.is_empty());
    }

    #[test]
    fn the_same_state_is_no_change() {
        let one = guest(1);
        assert!(Change::between(&with(&[&one]), &with(&[&one])).is_empty());
    }
}
