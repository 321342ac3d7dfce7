// SPDX-License-Identifier: GPL-3.0-or-later
//! Rates between readings, and the last half hour of them in a ring of fixed size.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Counters;

/// How far back a graph reaches.
pub const SPAN: Duration = Duration::from_mins(30);

/// What a guest used between two readings. `None`: its driver does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Processor time per time, over its processors: 1 is all of them busy.
    pub cpu: Option<f32>,
    /// Memory in use, in KiB: by the system in it if that tells, else what the host gives it.
    pub memory_kib: Option<u64>,
    /// Bytes a second read from disks.
    pub disk_read: Option<f32>,
    /// Bytes a second written to disks.
    pub disk_written: Option<f32>,
    /// Bytes a second received.
    pub net_received: Option<f32>,
    /// Bytes a second sent.
    pub net_sent: Option<f32>,
}

impl Rates {
    /// The rates between two readings of one guest. A counter that went back (the guest was started
    /// anew between them) has no rate.
    pub fn between(before: &Counters, after: &Counters) -> Self {
        let seconds = after.at.saturating_duration_since(before.at).as_secs_f64();
        let per_second = |before: Option<u64>, after: Option<u64>| -> Option<f64> {
            let used = after?.checked_sub(before?)?;
            #[allow(clippy::cast_precision_loss)]
            let used = used as f64;
            (seconds > 0.0).then(|| used / seconds)
        };
        #[allow(clippy::cast_possible_truncation)]
        let narrow = |value: f64| value as f32;
        let bytes = |before, after| per_second(before, after).map(narrow);
        let processors = f64::from(after.vcpus.unwrap_or(1).max(1));
        Self {
            cpu: per_second(before.cpu_ns, after.cpu_ns)
                .map(|nanoseconds| narrow(nanoseconds / 1e9 / processors)),
            memory_kib: after.memory_used_kib.or(after.memory_kib),
            disk_read: bytes(before.disk_read, after.disk_read),
            disk_written: bytes(before.disk_written, after.disk_written),
            net_received: bytes(before.net_received, after.net_received),
            net_sent: bytes(before.net_sent, after.net_sent),
        }
    }
}

/// The last half hour of one guest.
#[derive(Clone, Debug)]
pub struct History {
    last: Option<Counters>,
    points: VecDeque<(Instant, Rates)>,
    capacity: usize,
}

impl History {
    /// An empty history for readings at this interval; it never holds more than [`SPAN`] of them.
    pub fn new(interval: Duration) -> Self {
        let capacity = SPAN.as_millis() / interval.as_millis().max(1);
        let capacity = usize::try_from(capacity).unwrap_or(1).max(1);
        Self {
            last: None,
            points: VecDeque::with_capacity(capacity),
            capacity,
        }
    }

    /// Takes a reading; gives the rates since the one before, if there was one.
    pub fn take(&mut self, counters: Counters) -> Option<Rates> {
        let before = self.last.replace(counters)?;
        let rates = Rates::between(&before, &counters);
        if self.points.len() == self.capacity {
            self.points.pop_front();
        }
        self.points.push_back((counters.at, rates));
        Some(rates)
    }

    /// The rates, oldest first.
    pub fn points(&self) -> impl ExactSizeIterator<Item = &Rates> + DoubleEndedIterator {
        self.points.iter().map(|(_, rates)| rates)
    }

    /// The rates with the moments at which they were read, oldest first. Between two of them more
    /// than the interval has passed where nobody looked meanwhile.
    pub fn timed_points(
        &self,
    ) -> impl ExactSizeIterator<Item = &(Instant, Rates)> + DoubleEndedIterator {
        self.points.iter()
    }

    /// When the last reading was taken, if there is one that the next is compared with.
    pub fn last_read(&self) -> Option<Instant> {
        self.last.map(|last| last.at)
    }

    /// The guest stopped: the next reading begins anew, after what is kept.
    pub fn interrupt(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn reading(at: Instant, cpu_ns: u64) -> Counters {
        Counters {
            at,
            cpu_ns: Some(cpu_ns),
            vcpus: Some(2),
            memory_kib: Some(64),
            memory_used_kib: None,
            disk_read: Some(cpu_ns),
            disk_written: None,
            net_received: None,
            net_sent: None,
        }
    }

    #[test]
    fn one_of_two_processors_busy_is_a_half() {
        let begin = Instant::now();
        let mut history = History::new(Duration::from_secs(3));
        assert_eq!(history.take(reading(begin, 5)), None);
        let after = reading(begin + Duration::from_secs(2), 2_000_000_005);
        let rates = history.take(after).unwrap();
        assert_eq!(rates.cpu, Some(0.5));
        assert_eq!(rates.disk_read, Some(1e9));
        assert_eq!((rates.memory_kib, rates.net_sent), (Some(64), None));
        // Started anew: no rate from a counter that went back.
        let anew = reading(begin + Duration::from_secs(4), 7);
        assert_eq!(history.take(anew).unwrap().cpu, None);
        history.interrupt();
        assert_eq!(history.take(anew), None);
        assert_eq!(history.points().len(), 2);
    }

    #[test]
    fn half_an_hour_is_kept_and_no_more() {
        let begin = Instant::now();
        let mut history = History::new(Duration::from_secs(3));
        for number in 0..2_000 {
            history.take(reading(begin + Duration::from_secs(3 * number), number));
        }
        assert_eq!(history.points().len(), 600);
        let times: Vec<_> = history.timed_points().map(|(at, _)| *at).collect();
        assert_eq!(times[599], begin + Duration::from_secs(3 * 1_999));
        assert_eq!(times[599] - times[0], Duration::from_secs(3 * 599));
    }
}
