// SPDX-License-Identifier: GPL-3.0-or-later
//! How the list follows what is reported.

use std::sync::Arc;

use oriel::connection::Status;
use oriel::domain::Guest;
use oriel::secret::handover::KeyState;
use relm4::ComponentSender;
use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gio, glib};
use uuid::Uuid;

use super::entry::{Entry, by_name, entry_of};
use super::{Sidebar, SidebarOutput};
use crate::engine::{Change, ConnectionId, GuestKey};

impl Sidebar {
    /// Takes over what changed on a connection. Selection and scroll stay where they are.
    pub(super) fn apply(&mut self, connection: ConnectionId, change: &Change) {
        let Some(store) = self.guests_of(connection) else {
            return;
        };
        let mut moved = false;
        for uuid in &change.gone {
            let key = GuestKey {
                connection,
                uuid: *uuid,
            };
            if let Some(item) = self.guests.remove(&key) {
                remove(&store, &item);
            }
        }
        let mut new = Vec::new();
        for guest in &change.changed {
            let key = GuestKey {
                connection,
                uuid: guest.uuid,
            };
            match self.guests.get(&key) {
                Some(item) => moved |= renew(&store, item, guest),
                None => new.push(Entry::guest(key, Arc::clone(guest))),
            }
        }
        moved |= !new.is_empty();
        for item in &new {
            if let Some(entry) = entry_of(item.upcast_ref())
                && let Some(guest) = entry.as_guest()
            {
                self.guests.insert(guest.key, item.clone());
            }
        }
        if store.n_items() == 0 {
            // The whole list at once: one change of the model instead of thousands.
            new.sort_by(|a, b| by_name(a.upcast_ref(), b.upcast_ref()));
            store.splice(0, 0, &new);
        } else {
            for item in &new {
                store.insert_sorted(item, by_name);
            }
        }
        if !self.wanted.borrow().is_empty() && !change.changed.is_empty() {
            self.filter.changed(gtk::FilterChange::Different);
            moved = true;
        }
        if moved {
            self.select_chosen();
        }
        self.touch_connection(connection);
    }

    /// Takes over how keys stand.
    pub(super) fn set_keys(&self, connection: ConnectionId, keys: &[(Uuid, KeyState)]) {
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
    pub(super) fn set_status(&self, connection: ConnectionId, status: Status) {
        if let Some(item) = self.connections.get(&connection)
            && let Some(entry) = entry_of(item.upcast_ref())
            && let Some(connection) = entry.as_connection()
        {
            connection.status.replace(status);
        }
        self.touch_connection(connection);
    }

    /// Shows only guests that fit the text, which is in lower case.
    pub(super) fn search_for(&self, text: String) {
        self.wanted.replace(text);
        self.filter.changed(gtk::FilterChange::Different);
        self.select_chosen();
    }

    /// Tells which guest the person chose. A selection that went with its row says nothing.
    pub(super) fn selection_moved(&mut self, sender: &ComponentSender<Self>) {
        let Some(key) = self.key_at(self.selection.selected()) else {
            return;
        };
        if self.chosen != Some(key) {
            self.chosen = Some(key);
            let _ = sender.output(SidebarOutput::Chosen(key));
        }
    }

    /// Opens the guest at a place of the list, or folds the connection there.
    pub(super) fn activated(&mut self, position: u32, sender: &ComponentSender<Self>) {
        if let Some(key) = self.key_at(position) {
            self.chosen = Some(key);
            let _ = sender.output(SidebarOutput::Chosen(key));
        } else if let Some(row) = self.row_at(position) {
            row.set_expanded(!row.is_expanded());
        }
    }

    /// Selects no row.
    pub(super) fn unselect(&mut self) {
        self.chosen = None;
        self.selection.set_selected(gtk::INVALID_LIST_POSITION);
    }

    /// Selects the chosen guest's row again where a change of the list took the selection.
    fn select_chosen(&self) {
        let Some(chosen) = self.chosen else { return };
        if self.key_at(self.selection.selected()) == Some(chosen) {
            return;
        }
        let place = (0..self.selection.n_items()).find(|place| self.key_at(*place) == Some(chosen));
        if let Some(place) = place {
            self.selection.set_selected(place);
        }
    }

    fn key_at(&self, position: u32) -> Option<GuestKey> {
        let object = self.row_at(position)?.item()?;
        let entry = entry_of(&object)?;
        entry.as_guest().map(|guest| guest.key)
    }

    fn row_at(&self, position: u32) -> Option<gtk::TreeListRow> {
        self.selection.item(position)?.downcast().ok()
    }

    fn guests_of(&self, connection: ConnectionId) -> Option<gio::ListStore> {
        let item = self.connections.get(&connection)?;
        let entry = entry_of(item.upcast_ref())?;
        entry.as_connection().map(|entry| entry.guests.clone())
    }

    fn touch_connection(&self, connection: ConnectionId) {
        if let Some(item) = self.connections.get(&connection)
            && let Some(entry) = entry_of(item.upcast_ref())
        {
            entry.touch();
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
    known.guest.replace(Arc::clone(guest));
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
