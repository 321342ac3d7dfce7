// SPDX-License-Identifier: GPL-3.0-or-later
//! What happened to guests since the window was opened, with times: what libvirt and the kernel
//! told, and what was done here.
//!
//! Owns the entries, bounded in number. Their words are the page's that shows them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use oriel::Connection;
use oriel::connection::{Fact, FactKind};
use oriel::model::happening::{LifecycleKind, What as Told};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::{Action, ConnectionId, GuestKey};

/// Entries kept of one guest.
pub const PER_GUEST: usize = 200;

/// Guests of which entries are kept; the one that was quiet the longest goes first.
const GUESTS: usize = 256;

/// Within this time, a change of the same setting replaces the one before: a slider that is
/// dragged is one change.
const SAME_CHANGE: Duration = Duration::from_secs(3);

/// Something that happened to a guest.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number: later ones are greater.
    pub number: u64,
    /// When it was heard of.
    pub at: SystemTime,
    /// What it was.
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It came, went or changed its state; the word says why.
    Lifecycle(LifecycleKind, &'static str),
    /// It rebooted by itself.
    Rebooted,
    /// Its watchdog fired, and did this.
    Watchdog(&'static str),
    /// A disk failed: which, and why.
    DiskFailed(String, String),
    /// A limit is another: its name, and its value if it is a number.
    Limit(String, Option<u64>),
    /// A limit was set here for its next start, which nobody else tells of.
    NextLimit(String, Option<u64>),
    /// The balloon left it so much memory, in KiB.
    Balloon(u64),
    /// An action was begun here.
    Began(Action),
    /// It was done.
    Done(Action),
    /// It failed, for this reason.
    Failed(Action, String),
    /// Something else was done here, in the person's words.
    Said(String),
}

impl What {
    /// Which setting it changed, if it is such, and whether for the next start alone.
    fn setting(&self) -> Option<(&str, bool)> {
        match self {
            Self::Limit(name, _) => Some((name, false)),
            Self::NextLimit(name, _) => Some((name, true)),
            Self::Balloon(_) => Some(("balloon", false)),
            _ => None,
        }
    }
}

/// The entries of all guests.
#[derive(Debug)]
pub struct EventLog {
    kept: Mutex<Kept>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    guests: HashMap<GuestKey, VecDeque<Entry>>,
}

impl Default for EventLog {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            changed: watch::channel(0).0,
        }
    }
}

impl EventLog {
    /// Wakes whenever something was entered.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The entries of a guest, newest first.
    pub fn of(&self, key: GuestKey) -> Vec<Entry> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = kept.guests.get(&key);
        entries.map_or_else(Vec::new, |all| all.iter().rev().cloned().collect())
    }

    /// The number of a guest's newest entry; 0 for none.
    pub fn newest(&self, key: GuestKey) -> u64 {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = kept.guests.get(&key).and_then(VecDeque::back);
        newest.map_or(0, |entry| entry.number)
    }

    /// Enters what happens now.
    pub fn enter(&self, key: GuestKey, what: What) {
        self.enter_at(key, SystemTime::now(), what);
    }

    fn enter_at(&self, key: GuestKey, at: SystemTime, what: What) {
        let number = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.enter(key, at, what)
        };
        self.changed.send_replace(number);
    }
}

impl Kept {
    fn enter(&mut self, key: GuestKey, at: SystemTime, what: What) -> u64 {
        self.count += 1;
        let number = self.count;
        if !self.guests.contains_key(&key) && self.guests.len() == GUESTS {
            let newest = |entries: &VecDeque<Entry>| entries.back().map_or(0, |it| it.number);
            let quietest = self.guests.iter().min_by_key(|(_, all)| newest(all));
            if let Some(quietest) = quietest.map(|(key, _)| *key) {
                self.guests.remove(&quietest);
            }
        }
        let entries = self.guests.entry(key).or_default();
        let recent = |entry: &Entry| {
            let passed = at.duration_since(entry.at).unwrap_or_default();
            passed < SAME_CHANGE && what.setting().is_some()
        };
        let replaced = entries
            .iter()
            .rposition(|entry| recent(entry) && entry.what.setting() == what.setting());
        if let Some(replaced) = replaced {
            entries.remove(replaced);
        }
        if entries.len() == PER_GUEST {
            entries.pop_front();
        }
        entries.push_back(Entry { number, at, what });
        number
    }
}

/// Enters what a connection tells, until it closes.
pub async fn follow(id: ConnectionId, connection: Connection, log: std::sync::Arc<EventLog>) {
    let mut facts = connection.facts();
    // The facts go on without us, so that the connection can close.
    drop(connection);
    loop {
        match facts.recv().await {
            Ok(fact) => {
                if let Some((uuid, what)) = told(&fact) {
                    let key = GuestKey {
                        connection: id,
                        uuid,
                    };
                    log.enter_at(key, fact.at, what);
                }
            }
            Err(RecvError::Lagged(missed)) => tracing::debug!(missed, "facts were missed"),
            Err(RecvError::Closed) => return,
        }
    }
}

/// What a fact says about a guest, if that is worth an entry.
fn told(fact: &Fact) -> Option<(uuid::Uuid, What)> {
    let happening = match &fact.kind {
        FactKind::Kernel(change) => {
            return Some((
                change.uuid,
                What::Limit(change.control.name.to_owned(), change.value),
            ));
        }
        FactKind::Happened(happening) => happening,
        _ => return None,
    };
    let what = match &happening.what {
        Told::Lifecycle(kind, detail) => What::Lifecycle(*kind, detail),
        Told::Rebooted => What::Rebooted,
        Told::Watchdog(action) => What::Watchdog(action),
        Told::DiskFailed { device, reason } => What::DiskFailed(device.clone(), reason.clone()),
        Told::Balloon(kib) => What::Balloon(*kib),
        Told::Control(name, value) => What::Limit(name.clone(), *value),
        _ => return None,
    };
    Some((happening.guest()?, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::key;

    fn shares(value: u64) -> What {
        What::Limit("cpu_shares".into(), Some(value))
    }

    #[test]
    fn the_newest_comes_first_and_the_number_is_bounded() {
        let log = EventLog::default();
        for _ in 0..PER_GUEST + 10 {
            log.enter(key(1), What::Rebooted);
        }
        let entries = log.of(key(1));
        assert_eq!(entries.len(), PER_GUEST);
        assert_eq!(entries[0].number, log.newest(key(1)));
        assert!(entries[0].number > entries[1].number);
        assert!(log.of(key(2)).is_empty());
    }

    #[test]
    fn a_dragged_slider_is_one_change() {
        let log = EventLog::default();
        let begin = SystemTime::now();
        log.enter_at(key(1), begin, shares(500));
        log.enter_at(key(1), begin, What::Rebooted);
        log.enter_at(key(1), begin + Duration::from_secs(1), shares(700));
        let whats: Vec<_> = log.of(key(1)).into_iter().map(|entry| entry.what).collect();
        assert_eq!(whats, [shares(700), What::Rebooted]);
        log.enter_at(key(1), begin + Duration::from_secs(9), shares(800));
        assert_eq!(log.of(key(1)).len(), 3);
        // What holds from the next start is another setting.
        let next = What::NextLimit("cpu_shares".into(), Some(800));
        log.enter_at(key(1), begin + Duration::from_secs(9), next);
        assert_eq!(log.of(key(1)).len(), 4);
    }

    #[test]
    fn the_quietest_guest_is_forgotten_first() {
        let log = EventLog::default();
        for number in 0..=GUESTS as u128 {
            log.enter(key(number), What::Rebooted);
            log.enter(key(0), What::Rebooted);
        }
        assert!(log.of(key(1)).is_empty());
        assert_eq!(log.of(key(2)).len(), 1);
        assert!(log.of(key(0)).len() > 100);
    }
}
