// SPDX-License-Identifier: GPL-3.0-or-later
//! The items of lists: connections, and the guests below them.
//!
//! An item stays the same object while its guest changes, so that selection and scroll stay; rows
//! that are on the screen watch its revision.

use std::cell::{Cell, Ref, RefCell};
use std::cmp::Ordering;
use std::sync::Arc;

use oriel::connection::Status;
use oriel::guest::Guest;
use oriel::secret::state::KeyState;
use relm4::binding::{Binding, U32Binding};
use relm4::gtk::prelude::*;
use relm4::gtk::{gio, glib};

use crate::engine::{ConnectionId, GuestKey};

/// An item of the list, wrapped for a GTK model.
#[derive(Debug)]
pub enum Entry {
    /// All guests of all connections.
    All(AllEntry),
    /// A connection.
    Connection(ConnectionEntry),
    /// A guest of the connection above it.
    Guest(GuestEntry),
}

/// The row for all guests of all connections.
#[derive(Debug, Default)]
pub struct AllEntry {
    /// How many guests there are.
    pub guests: Cell<usize>,
    /// How many of them run.
    pub running: Cell<usize>,
    revision: U32Binding,
}

/// A connection.
#[derive(Debug)]
pub struct ConnectionEntry {
    /// Which one.
    pub id: ConnectionId,
    /// Its URI.
    pub uri: String,
    /// How it stands.
    pub status: RefCell<Status>,
    /// All its guests, by name.
    pub guests: gio::ListStore,
    revision: U32Binding,
}

/// A guest.
#[derive(Debug)]
pub struct GuestEntry {
    /// Which one.
    pub key: GuestKey,
    /// As it was last reported.
    pub guest: RefCell<Arc<Guest>>,
    /// Where its name stands in the alphabet of the person's language.
    order: RefCell<glib::FilenameCollationKey>,
    /// How its key stands, once that is known.
    pub secret: Cell<Option<KeyState>>,
    /// How busy its processors were when they were last looked at: 1 is all of them.
    pub busy: Cell<f32>,
    revision: U32Binding,
}

impl Entry {
    /// An item for all guests.
    pub fn all() -> glib::BoxedAnyObject {
        glib::BoxedAnyObject::new(Self::All(AllEntry::default()))
    }

    /// An item for a connection, without guests.
    pub fn connection(id: ConnectionId, uri: &str) -> glib::BoxedAnyObject {
        glib::BoxedAnyObject::new(Self::Connection(ConnectionEntry {
            id,
            uri: uri.to_owned(),
            status: RefCell::new(Status::Connecting),
            guests: gio::ListStore::new::<glib::BoxedAnyObject>(),
            revision: U32Binding::default(),
        }))
    }

    /// An item for a guest.
    pub fn guest(key: GuestKey, guest: Arc<Guest>) -> glib::BoxedAnyObject {
        glib::BoxedAnyObject::new(Self::Guest(GuestEntry {
            key,
            order: RefCell::new(order(&guest)),
            guest: RefCell::new(guest),
            secret: Cell::new(None),
            busy: Cell::new(0.0),
            revision: U32Binding::default(),
        }))
    }

    /// What changes whenever the item has changed.
    pub fn revision(&self) -> &U32Binding {
        match self {
            Self::All(entry) => &entry.revision,
            Self::Connection(entry) => &entry.revision,
            Self::Guest(entry) => &entry.revision,
        }
    }

    /// Tells the item's row, if one shows it.
    pub fn touch(&self) {
        let revision = self.revision();
        revision.set(revision.get().wrapping_add(1));
    }

    /// The guest, if it is one.
    pub fn as_guest(&self) -> Option<&GuestEntry> {
        match self {
            Self::Guest(entry) => Some(entry),
            Self::All(_) | Self::Connection(_) => None,
        }
    }

    /// The connection, if it is one.
    pub fn as_connection(&self) -> Option<&ConnectionEntry> {
        match self {
            Self::Connection(entry) => Some(entry),
            Self::All(_) | Self::Guest(_) => None,
        }
    }
}

impl GuestEntry {
    /// Takes over the guest's new state.
    pub fn renew(&self, guest: &Arc<Guest>) {
        if self.guest.borrow().name != guest.name {
            self.order.replace(order(guest));
        }
        self.guest.replace(Arc::clone(guest));
    }

    /// The order by name, without regard to case and with numbers as such; the identity decides
    /// among equals.
    pub fn by_name(&self, other: &Self) -> Ordering {
        let order = self.order.borrow().cmp(&other.order.borrow());
        order.then_with(|| self.key.cmp(&other.key))
    }
}

/// The place of a guest's name in the alphabet. “machine-10” comes after “machine-2”.
fn order(guest: &Guest) -> glib::FilenameCollationKey {
    guest.name.to_lowercase().into()
}

/// The item within a model's object.
pub fn entry_of(object: &glib::Object) -> Option<Ref<'_, Entry>> {
    let boxed = object.downcast_ref::<glib::BoxedAnyObject>()?;
    boxed.try_borrow().ok()
}

/// The order of guests.
pub fn by_name(a: &glib::Object, b: &glib::Object) -> Ordering {
    let (a, b) = (entry_of(a), entry_of(b));
    let guests = a.as_deref().and_then(Entry::as_guest);
    let others = b.as_deref().and_then(Entry::as_guest);
    match (guests, others) {
        (Some(one), Some(other)) => one.by_name(other),
        _ => Ordering::Equal,
    }
}
