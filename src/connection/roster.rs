// SPDX-License-Identifier: GPL-3.0-or-later
//! What is known of a connection's guests, and what each reading changes of it.
//!
//! A reading replaces what differs and nothing else, so that a list that says the same again
//! changes nothing, and a guest that was read stays read until its new document is there. It asks
//! nobody: the actor reads, this module compares.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::model::error::Error;
use crate::model::guest::{DomainState, Guest};
use crate::model::inventory::Inventory;

/// The inventory and how far it has been read.
#[derive(Debug, Default)]
pub(super) struct Roster {
    inventory: Inventory,
    /// Whether this session's first list has come.
    listed: bool,
    /// Guests of that list whose document is still to come.
    unread: HashSet<Uuid>,
    /// Guests whose single reading began after the newest list did: it is the newer one.
    newer: HashSet<Uuid>,
    /// Names of guests that events told of and that have not been read yet.
    heard: HashMap<Uuid, String>,
    changed: Vec<Uuid>,
    news: bool,
}

impl Roster {
    /// A session begins: what is known stays, and is to be read again.
    pub(super) fn begin_session(&mut self) {
        self.listed = false;
        self.unread.clear();
        self.newer.clear();
        self.heard.clear();
        self.news |= self.inventory.complete;
        self.inventory.complete = false;
    }

    /// The newest state of all guests.
    pub(super) fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// What is to be published, if anything has changed since the last time.
    pub(super) fn news(&mut self) -> Option<Inventory> {
        let complete = self.listed && self.unread.is_empty();
        if complete && !self.inventory.complete {
            self.inventory.complete = true;
            self.news = true;
        }
        if !std::mem::take(&mut self.news) {
            return None;
        }
        self.inventory.changed = Some(std::mem::take(&mut self.changed));
        Some(self.inventory.clone())
    }

    /// A list of all guests is asked for.
    pub(super) fn list_begins(&mut self) {
        self.newer.clear();
    }

    /// A guest that an event names, which may be new.
    pub(super) fn hear(&mut self, uuid: Uuid, name: &str) {
        if !self.inventory.guests.contains_key(&uuid) {
            self.heard.insert(uuid, name.to_owned());
        }
    }

    /// A single guest is about to be read.
    pub(super) fn reading_begins(&mut self, uuid: Uuid) -> Option<Arc<Guest>> {
        self.newer.insert(uuid);
        self.inventory.guests.get(&uuid).cloned()
    }

    /// Takes over a list of all guests, without their documents.
    pub(super) fn take_list(&mut self, all: impl Iterator<Item = Guest>) {
        let mut listed = HashSet::new();
        for guest in all {
            listed.insert(guest.uuid);
            if self.newer.contains(&guest.uuid) {
                continue;
            }
            let guest = match self.inventory.guests.get(&guest.uuid) {
                Some(known) => Guest {
                    summary: known.summary.clone(),
                    error: known.error.clone(),
                    ..guest
                },
                None => guest,
            };
            self.put(guest);
        }
        let gone: Vec<Uuid> = self
            .inventory
            .guests
            .keys()
            .filter(|uuid| !listed.contains(*uuid) && !self.newer.contains(*uuid))
            .copied()
            .collect();
        for uuid in gone {
            self.remove(uuid);
        }
        if !std::mem::replace(&mut self.listed, true) {
            // A failure to list may have passed for all that can be read.
            self.news |= self.inventory.complete;
            self.inventory.complete = false;
            self.unread = &listed - &self.newer;
        }
        self.news |= self.inventory.error.take().is_some();
    }

    /// Says why the list could not be had; what was known of the guests stays.
    pub(super) fn set_list_aside(&mut self, error: Error) {
        let before = self.inventory.error.as_ref().map(ToString::to_string);
        if before != Some(error.to_string()) {
            self.inventory.error = Some(Arc::new(error));
            self.news = true;
        }
        self.news |= !self.inventory.complete;
        self.inventory.complete = true;
    }

    /// Takes over a guest that a batch has read, unless something newer is known or coming.
    pub(super) fn take_of_batch(&mut self, guest: Guest) {
        self.unread.remove(&guest.uuid);
        if !self.newer.contains(&guest.uuid) && self.inventory.guests.contains_key(&guest.uuid) {
            self.put(guest);
        }
    }

    /// Takes over a guest that was read singly; `None` is one that is gone.
    pub(super) fn take_single(&mut self, uuid: Uuid, guest: Option<Guest>) {
        self.unread.remove(&uuid);
        self.heard.remove(&uuid);
        match guest {
            Some(guest) => self.put(guest),
            None => self.remove(uuid),
        }
    }

    /// A guest that can't be read keeps its row, or gets one, with the reason on it.
    pub(super) fn set_aside(&mut self, uuid: Uuid, error: &Error) {
        self.unread.remove(&uuid);
        let known = self.inventory.guests.get(&uuid).map(|it| Guest::clone(it));
        let guest = known.or_else(|| {
            Some(Guest {
                uuid,
                name: self.heard.remove(&uuid)?,
                id: None,
                state: DomainState::Unknown,
                persistent: true,
                saved: false,
                summary: None,
                error: None,
            })
        });
        if let Some(guest) = guest {
            self.put(Guest {
                error: Some(error.message()),
                ..guest
            });
        }
    }

    /// Puts a guest in if it differs from what is known. One that could not be read keeps the
    /// document that it had.
    fn put(&mut self, mut guest: Guest) {
        if let Some(known) = self.inventory.guests.get(&guest.uuid) {
            if guest.error.is_some() && guest.summary.is_none() {
                guest.summary.clone_from(&known.summary);
            }
            if **known == guest {
                return;
            }
        }
        self.changed.push(guest.uuid);
        self.inventory.guests.insert(guest.uuid, Arc::new(guest));
        self.news = true;
    }

    fn remove(&mut self, uuid: Uuid) {
        if self.inventory.guests.remove(&uuid).is_some() {
            self.changed.push(uuid);
            self.news = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::DomainSummary;

    fn listed(number: u128) -> Guest {
        Guest {
            uuid: Uuid::from_u128(number),
            name: format!("guest {number}"),
            id: None,
            state: DomainState::ShutOff,
            persistent: true,
            saved: false,
            summary: None,
            error: None,
        }
    }

    fn read(number: u128) -> Guest {
        Guest {
            summary: Some(Arc::new(DomainSummary::default())),
            ..listed(number)
        }
    }

    fn running(guest: Guest) -> Guest {
        Guest {
            state: DomainState::Running,
            ..guest
        }
    }

    /// A roster in which some guests have been read.
    fn roster(numbers: &[u128]) -> Roster {
        let mut roster = Roster::default();
        roster.list_begins();
        roster.take_list(numbers.iter().copied().map(listed));
        for number in numbers {
            roster.take_of_batch(read(*number));
        }
        assert!(roster.news().expect("news").complete);
        roster
    }

    fn of(roster: &Roster, number: u128) -> Option<&Arc<Guest>> {
        roster.inventory.guests.get(&Uuid::from_u128(number))
    }

    fn broken() -> Error {
        Error::Internal("it broke".into())
    }

    #[test]
    fn the_same_again_is_no_news() {
        let mut roster = roster(&[1, 2]);
        roster.list_begins();
        roster.take_list([1, 2].into_iter().map(listed));
        roster.take_of_batch(read(1));
        roster.reading_begins(Uuid::from_u128(2));
        roster.take_single(Uuid::from_u128(2), Some(read(2)));
        assert!(roster.news().is_none());
    }

    #[test]
    fn another_state_is_told_at_once_and_the_document_stays() {
        let mut roster = roster(&[1, 2]);
        roster.list_begins();
        roster.take_list([running(listed(1)), listed(2)].into_iter());
        let news = roster.news().expect("news");
        assert_eq!(news.changed, Some(vec![Uuid::from_u128(1)]));
        assert!(news.complete);
        assert_eq!(**of(&roster, 1).expect("it"), running(read(1)));
    }

    #[test]
    fn what_an_event_brought_is_newer_than_the_list_that_was_under_way() {
        let mut roster = roster(&[1, 2]);
        roster.list_begins();
        for number in [1, 2, 3] {
            roster.reading_begins(Uuid::from_u128(number));
        }
        roster.take_single(Uuid::from_u128(1), Some(running(read(1))));
        roster.take_single(Uuid::from_u128(2), None);
        roster.take_single(Uuid::from_u128(3), Some(read(3)));
        roster.take_list([1, 2].into_iter().map(listed));
        roster.take_of_batch(read(1));
        roster.take_of_batch(read(2));
        assert_eq!(**of(&roster, 1).expect("it"), running(read(1)));
        assert!(of(&roster, 2).is_none() && of(&roster, 3).is_some());
        // The next list is newer than they.
        roster.list_begins();
        roster.take_list([1].into_iter().map(listed));
        assert_eq!(**of(&roster, 1).expect("it"), read(1));
        assert!(of(&roster, 3).is_none());
    }

    #[test]
    fn a_new_session_keeps_what_is_known_and_is_complete_when_all_is_read_again() {
        let mut roster = roster(&[1, 2]);
        roster.begin_session();
        assert!(!roster.news().expect("news").complete);
        roster.list_begins();
        roster.take_list([1, 2].into_iter().map(listed));
        assert!(roster.news().is_none(), "nothing has changed");
        roster.take_of_batch(read(1));
        assert!(roster.news().is_none(), "one is to come");
        roster.reading_begins(Uuid::from_u128(2));
        roster.set_aside(Uuid::from_u128(2), &broken());
        let news = roster.news().expect("news");
        assert!(news.complete);
        let aside = of(&roster, 2).expect("its row");
        assert!(aside.error.is_some() && aside.summary.is_some());
    }

    #[test]
    fn a_guest_that_fails_before_it_is_listed_gets_a_row_with_the_reason() {
        let mut roster = roster(&[1]);
        let new = Uuid::from_u128(7);
        roster.hear(new, "newcomer");
        roster.reading_begins(new);
        roster.set_aside(new, &broken());
        assert_eq!(
            roster.news().expect("news").changed,
            Some(vec![Uuid::from_u128(7)])
        );
        let row = of(&roster, 7).expect("its row");
        assert_eq!(row.name, "newcomer");
        assert!(
            row.error
                .as_ref()
                .is_some_and(|it| it.to_string().contains("it broke"))
        );
        // It is gone: so is the row.
        roster.take_single(new, None);
        assert!(of(&roster, 7).is_none());
    }

    #[test]
    fn an_empty_list_is_complete_and_a_failed_one_is_told_once() {
        let mut roster = Roster::default();
        roster.set_list_aside(broken());
        let news = roster.news().expect("news");
        assert!(news.complete && news.error.is_some());
        roster.set_list_aside(broken());
        assert!(roster.news().is_none());
        roster.list_begins();
        roster.take_list(std::iter::empty());
        let news = roster.news().expect("news");
        assert!(news.complete && news.error.is_none());
    }
}
