// SPDX-License-Identifier: GPL-3.0-or-later
//! What is known of connections and guests, as models for lists.
//!
//! Owns the items that the sidebar and the overview both show; the window brings it up to date.
//! It knows no widget, and no selection.

mod entry;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use oriel::connection::Status;
use oriel::guest::Guest;
use oriel::secret::state::KeyState;
use relm4::gtk::prelude::*;
use relm4::gtk::{gio, glib};
use uuid::Uuid;

pub use self::entry::{Entry, GuestEntry, by_name, entry_of};

use crate::engine::{Change, ConnectionId, GuestKey};

/// Connections and guests.
#[derive(Debug)]
pub struct Listing {
    roots: gio::ListStore,
    all: glib::BoxedAnyObject,
    connections: BTreeMap<ConnectionId, glib::BoxedAnyObject>,
    guests: HashMap<GuestKey, glib::BoxedAnyObject>,
}

impl Default for Listing {
    fn default() -> Self {
        let roots = gio::ListStore::new::<glib::BoxedAnyObject>();
        let all = Entry::all();
        roots.append(&all);
        Self {
            roots,
            all,
            connections: BTreeMap::new(),
            guests: HashMap::new(),
        }
    }
}

impl Listing {
    /// The outermost rows: one for all guests, then the connections.
    pub fn roots(&self) -> &gio::ListStore {
        &self.roots
    }

    /// Adds a connection, below those that are there.
    pub fn add_connection(&mut self, id: ConnectionId, uri: &str) {
        let item = Entry::connection(id, uri);
        self.roots.append(&item);
        self.connections.insert(id, item);
    }

    /// Takes a connection and its guests away.
    pub fn remove_connection(&mut self, id: ConnectionId) {
        if let Some(item) = self.connections.remove(&id) {
            self.guests.retain(|key, _| key.connection != id);
            remove(&self.roots, &item);
            self.count();
        }
    }

    /// Takes over what changed on a connection. An item stays where it is unless its name changed.
    /// True if rows came, went or got another place.
    pub fn apply(&mut self, connection: ConnectionId, change: &Change) -> bool {
        let Some(store) = self.guests_of(connection) else {
            return false;
        };
        let mut moved = false;
        for uuid in &change.gone {
            let key = GuestKey {
                connection,
                uuid: *uuid,
            };
            if let Some(item) = self.guests.remove(&key) {
                moved = true;
                remove(&store, &item);
            }
        }
        let mut new = Vec::new();
        for guest in &change.changed {
            let key = GuestKey {
                connection,
                uuid: guest.uuid,
            };
            if let Some(item) = self.guests.get(&key) {
                moved |= renew(&store, item, guest);
            } else {
                let item = Entry::guest(key, Arc::clone(guest));
                self.guests.insert(key, item.clone());
                new.push(item);
            }
        }
        moved |= !new.is_empty();
        if store.n_items() == 0 {
            // The whole list at once: one change of the model instead of thousands.
            new.sort_by(|one, other| by_name(one.upcast_ref(), other.upcast_ref()));
            store.splice(0, 0, &new);
        } else {
            for item in &new {
                store.insert_sorted(item, by_name);
            }
        }
        self.count();
        self.touch_connection(connection);
        moved
    }

    /// Takes over how keys stand.
    pub fn set_keys(&self, connection: ConnectionId, keys: &[(Uuid, KeyState)]) {
        for (uuid, state) in keys {
            let key = GuestKey {
                connection,
                uuid: *uuid,
            };
            let Some(item) = self.guests.get(&key) else {
                continue;
            };
            if let Some(entry) = entry_of(item.upcast_ref())
                && let Some(guest) = entry.as_guest()
                && guest.secret.replace(Some(*state)) != Some(*state)
            {
                entry.touch();
            }
        }
    }

    /// Takes over how a connection stands.
    pub fn set_status(&self, connection: ConnectionId, status: Status) {
        if let Some(item) = self.connections.get(&connection)
            && let Some(entry) = entry_of(item.upcast_ref())
            && let Some(connection) = entry.as_connection()
        {
            connection.status.replace(status);
        }
        self.touch_connection(connection);
    }

    /// The connections with their URIs and how they stand, in the order of their rows.
    pub fn connections(&self) -> Vec<(ConnectionId, String, Status)> {
        let of = |(id, item): (&ConnectionId, &glib::BoxedAnyObject)| {
            let entry = entry_of(item.upcast_ref())?;
            let known = entry.as_connection()?;
            let status = known.status.borrow().clone();
            Some((*id, known.uri.clone(), status))
        };
        self.connections.iter().filter_map(of).collect()
    }

    /// A guest as it was last reported.
    pub fn guest(&self, key: GuestKey) -> Option<Arc<Guest>> {
        let entry = entry_of(self.guests.get(&key)?.upcast_ref())?;
        let guest = entry.as_guest()?.guest.borrow();
        Some(Arc::clone(&guest))
    }

    /// How the key of a guest stands, once that is known.
    pub fn key_state(&self, key: GuestKey) -> Option<KeyState> {
        let entry = entry_of(self.guests.get(&key)?.upcast_ref())?;
        entry.as_guest()?.secret.get()
    }

    /// How many guests there are.
    pub fn len(&self) -> usize {
        self.guests.len()
    }

    /// How many guests a connection has.
    pub fn count_on(&self, connection: ConnectionId) -> u32 {
        self.guests_of(connection)
            .map_or(0, |store| store.n_items())
    }

    fn guests_of(&self, connection: ConnectionId) -> Option<gio::ListStore> {
        let entry = entry_of(self.connections.get(&connection)?.upcast_ref())?;
        entry.as_connection().map(|entry| entry.guests.clone())
    }

    fn touch_connection(&self, connection: ConnectionId) {
        if let Some(item) = self.connections.get(&connection)
            && let Some(entry) = entry_of(item.upcast_ref())
        {
            entry.touch();
        }
    }

    /// Counts the guests for the row that stands for all of them.
    fn count(&self) {
        let runs = |item: &&glib::BoxedAnyObject| {
            entry_of((*item).upcast_ref()).is_some_and(|entry| {
                entry
                    .as_guest()
                    .is_some_and(|guest| guest.guest.borrow().state.is_active())
            })
        };
        let running = self.guests.values().filter(runs).count();
        if let Some(entry) = entry_of(self.all.upcast_ref())
            && let Entry::All(all) = &*entry
        {
            let before = (all.guests.get(), all.running.get());
            if before != (self.guests.len(), running) {
                all.guests.set(self.guests.len());
                all.running.set(running);
                entry.touch();
            }
        }
    }
}

/// Gives a known guest its new state. True if it got another place in the list.
fn renew(store: &gio::ListStore, item: &glib::BoxedAnyObject, guest: &Arc<Guest>) -> bool {
    let Some(entry) = entry_of(item.upcast_ref()) else {
        return false;
    };
    let Some(known) = entry.as_guest() else {
        return false;
    };
    let renamed = known.guest.borrow().name != guest.name;
    if renamed {
        remove(store, item);
    }
    known.renew(guest);
    if renamed {
        store.insert_sorted(item, by_name);
    }
    entry.touch();
    renamed
}

fn remove(store: &gio::ListStore, item: &glib::BoxedAnyObject) {
    if let Some(place) = store.find(item) {
        store.remove(place);
    }
}

#[cfg(test)]
mod tests {
    use oriel::guest::DomainState;

    use super::*;

    const HERE: ConnectionId = crate::engine::tests::key(0).connection;

    fn guest(number: u128, name: &str) -> Arc<Guest> {
        Arc::new(Guest {
            uuid: Uuid::from_u128(number),
            name: name.into(),
            id: None,
            state: DomainState::ShutOff,
            persistent: true,
            saved: false,
            summary: None,
            error: None,
        })
    }

    fn names(listing: &Listing) -> Vec<String> {
        let store = listing.guests_of(HERE).expect("a connection");
        let items = store.iter::<glib::Object>();
        items
            .map(|item| {
                let item = item.expect("an item");
                let entry = entry_of(&item).expect("an entry");
                let guest = entry.as_guest().expect("a guest").guest.borrow();
                guest.name.clone()
            })
            .collect()
    }

    fn change(changed: &[Arc<Guest>], gone: &[u128]) -> Change {
        Change {
            changed: changed.to_vec(),
            gone: gone.iter().copied().map(Uuid::from_u128).collect(),
        }
    }

    #[test]
    fn guests_come_in_order_change_their_name_and_go() {
        let mut listing = Listing::default();
        listing.add_connection(HERE, "test:///default");
        let came = [guest(1, "web"), guest(2, "Attic"), guest(3, "mail")];
        assert!(listing.apply(HERE, &change(&came, &[])));
        assert_eq!(names(&listing), ["Attic", "mail", "web"]);
        assert!(listing.apply(HERE, &change(&[guest(2, "zoo")], &[3])));
        assert_eq!(names(&listing), ["web", "zoo"]);
        // The same again moves nothing.
        assert!(!listing.apply(HERE, &change(&[guest(2, "zoo")], &[])));
        assert_eq!(listing.len(), 2);
    }

    #[test]
    fn a_connection_goes_with_its_guests() {
        let mut listing = Listing::default();
        listing.add_connection(HERE, "test:///default");
        listing.apply(HERE, &change(&[guest(1, "web")], &[]));
        listing.remove_connection(HERE);
        assert_eq!((listing.len(), listing.roots().n_items()), (0, 1));
    }
}
