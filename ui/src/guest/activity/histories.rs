// SPDX-License-Identifier: GPL-3.0-or-later
//! What the guests used that were on show lately, each for half an hour back.

use std::time::Duration;

use oriel::stats::{Counters, History};

use crate::engine::GuestKey;

/// From one reading to the next.
pub const INTERVAL: Duration = Duration::from_secs(3);

/// After so long without a reading nobody looked, and nothing is known of the time between.
pub const GAP: Duration = Duration::from_secs(12);

/// Guests whose history is kept.
const KEPT: usize = 16;

/// Their histories, the one that was shown last at the end.
#[derive(Debug, Default)]
pub struct Histories(Vec<(GuestKey, History)>);

impl Histories {
    /// Takes a reading of a guest.
    pub fn take(&mut self, key: GuestKey, counters: Counters) {
        let history = self.of_mut(key);
        let last = history.last_read();
        if last.is_some_and(|last| counters.at.saturating_duration_since(last) > GAP) {
            history.interrupt();
        }
        history.take(counters);
    }

    /// The guest is off: what comes later begins anew.
    pub fn interrupt(&mut self, key: GuestKey) {
        if let Some((_, history)) = self.0.iter_mut().find(|(known, _)| *known == key) {
            history.interrupt();
        }
    }

    /// A guest's history, if there is one.
    pub fn of(&self, key: GuestKey) -> Option<&History> {
        let found = self.0.iter().find(|(known, _)| *known == key);
        found.map(|(_, history)| history)
    }

    fn of_mut(&mut self, key: GuestKey) -> &mut History {
        let known = self.0.iter().position(|(known, _)| *known == key);
        let entry = match known {
            Some(place) => self.0.remove(place),
            None => (key, History::new(INTERVAL)),
        };
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        let last = self.0.len();
        self.0.push(entry);
        &mut self.0[last].1
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::engine::tests::key;

    fn reading(at: Instant) -> Counters {
        Counters {
            at,
            cpu_ns: Some(0),
            vcpus: Some(1),
            memory_kib: None,
            memory_used_kib: None,
            disk_read: None,
            disk_written: None,
            net_received: None,
            net_sent: None,
        }
    }

    #[test]
    fn a_bounded_number_is_kept_and_the_one_shown_longest_ago_goes() {
        let mut histories = Histories::default();
        let now = Instant::now();
        for number in 0..=KEPT as u128 {
            histories.take(key(number), reading(now));
            histories.take(key(0), reading(now));
        }
        assert!(histories.of(key(0)).is_some() && histories.of(key(1)).is_none());
        assert!(histories.of(key(2)).is_some());
    }

    #[test]
    fn a_time_without_readings_has_no_rate() {
        let mut histories = Histories::default();
        let now = Instant::now();
        for seconds in [0, 3, 60, 63] {
            histories.take(key(0), reading(now + Duration::from_secs(seconds)));
        }
        assert_eq!(histories.of(key(0)).unwrap().points().len(), 2);
    }
}
