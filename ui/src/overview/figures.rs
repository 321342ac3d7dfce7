// SPDX-License-Identifier: GPL-3.0-or-later
//! What a guest's cell says of its use: the last values of each figure.

use std::collections::VecDeque;

use oriel::stats::{Counters, Rates};
use oriel_ui_kit::units;

use super::cells::SLOTS;

/// What a guest has used since it came into sight.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    last: Option<Counters>,
    /// The newest rates.
    pub rates: Rates,
    /// How busy its processors were, oldest first.
    pub cpu: VecDeque<f32>,
}

impl Figures {
    /// Takes a reading; true if there is something new to show.
    pub fn take(&mut self, counters: Counters) -> bool {
        let Some(before) = self.last.replace(counters) else {
            self.rates.memory_kib = counters.memory_used_kib.or(counters.memory_kib);
            return true;
        };
        self.rates = Rates::between(&before, &counters);
        if let Some(busy) = self.rates.cpu {
            if self.cpu.len() == SLOTS {
                self.cpu.pop_front();
            }
            self.cpu.push_back(busy.clamp(0.0, 1.0));
        }
        true
    }

    /// The newest use of its processors, in words.
    pub fn cpu_text(&self) -> String {
        self.rates
            .cpu
            .map_or_else(|| "–".to_owned(), |busy| units::percent(busy, false))
    }

    /// Its memory, in words.
    pub fn memory_text(&self) -> String {
        self.rates
            .memory_kib
            .map_or_else(|| "–".to_owned(), units::size)
    }
}

/// What goes in and out, in bytes a second, as one number: a list shows how much moves at all.
pub fn flow(inwards: Option<f32>, outwards: Option<f32>) -> String {
    let both = match (inwards, outwards) {
        (None, None) => return "–".to_owned(),
        (one, other) => one.unwrap_or(0.0) + other.unwrap_or(0.0),
    };
    units::rate(both)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn reading(at: Instant, cpu_ns: u64) -> Counters {
        Counters {
            at,
            cpu_ns: Some(cpu_ns),
            vcpus: Some(1),
            memory_kib: Some(2048),
            memory_used_kib: None,
            disk_read: None,
            disk_written: None,
            net_received: None,
            net_sent: None,
        }
    }

    #[test]
    fn only_the_last_values_are_kept() {
        let begin = Instant::now();
        let mut figures = Figures::default();
        assert_eq!(figures.cpu_text(), "–");
        for second in 0..100 {
            let at = begin + Duration::from_secs(second);
            figures.take(reading(at, second * 250_000_000));
        }
        assert_eq!(figures.cpu.len(), SLOTS);
        assert_eq!(figures.cpu_text(), "25 %");
        assert_eq!(figures.memory_text(), "2 MiB");
    }

    #[test]
    fn a_flow_counts_both_ways() {
        assert_eq!(flow(None, None), "–");
        assert_eq!(flow(Some(1024.0), Some(3072.0)), "4.0 KiB/s");
    }
}
