// SPDX-License-Identifier: GPL-3.0-or-later
//! What graphs show of a history.

use std::time::{Duration, Instant};

use oriel::stats::history::SPAN;
use oriel::stats::{History, Rates};

use super::histories::GAP;
use oriel_ui_kit::graph::Content;
use oriel_ui_kit::i18n::{gettext_f, ngettext_f};
use oriel_ui_kit::plot::Line;
use oriel_ui_kit::units;

/// The least that the height of a graph of bytes stands for: below it all is noise.
const LEAST_RATE: f32 = 64.0 * 1024.0;

/// How far back a graph can reach, in minutes: as little as holds all that is known, since a new
/// line would be a dot in half an hour.
const REACHES: [u64; 4] = [2, 5, 10, 30];

/// The graphs of a guest, in the order of the page: processor, memory, disks, network.
/// `memory_kib` is what it could have.
pub fn contents(history: Option<&History>, now: Instant, memory_kib: u64) -> [Content; 4] {
    let points: Vec<&(Instant, Rates)> = history
        .into_iter()
        .flat_map(History::timed_points)
        .filter(|(at, _)| now.saturating_duration_since(*at) <= SPAN)
        .collect();
    let oldest = points
        .first()
        .map(|(at, _)| now.saturating_duration_since(*at));
    let minutes = reach(oldest.unwrap_or_default());
    let begin = ngettext_f(
        "{number} minute ago",
        "{number} minutes ago",
        usize::try_from(minutes).unwrap_or_default(),
        &[],
    );
    let span = Duration::from_mins(minutes);
    let one = |value: fn(&Rates) -> Option<f32>, most: f32| line(&points, (now, span), value, most);
    // Only a fresh figure is "now".
    let fresh = points
        .last()
        .filter(|(at, _)| now.saturating_duration_since(*at) <= GAP)
        .map(|(_, rates)| rates);
    let text = |value: Option<f32>, words: fn(f32) -> String| value.map(words).unwrap_or_default();
    let most_memory = points
        .iter()
        .filter_map(|(_, rates)| rates.memory_kib)
        .fold(memory_kib.max(1), u64::max);
    let bytes = |first: fn(&Rates) -> Option<f32>,
                 second: fn(&Rates) -> Option<f32>,
                 words: [fn(f32) -> String; 2]| {
        let most = ceiling(points.iter().flat_map(|(_, it)| [first(it), second(it)]));
        Content {
            lines: vec![one(first, most), one(second, most)],
            now: vec![
                text(fresh.and_then(first), words[0]),
                text(fresh.and_then(second), words[1]),
            ],
            most: units::rate(most),
            begin: begin.clone(),
        }
    };
    #[allow(
        clippy::cast_precision_loss,
        reason = "a graph has some hundred pixels"
    )]
    let memory = Content {
        lines: vec![one(
            |rates| rates.memory_kib.map(|kib| kib as f32),
            most_memory as f32,
        )],
        now: vec![
            fresh
                .and_then(|rates| rates.memory_kib)
                .map(units::size)
                .unwrap_or_default(),
        ],
        most: units::size(most_memory),
        begin: begin.clone(),
    };
    [
        Content {
            lines: vec![one(|rates| rates.cpu, 1.0)],
            now: vec![text(fresh.and_then(|rates| rates.cpu), |part| {
                units::percent(part, false)
            })],
            most: units::percent(1.0, false),
            begin: begin.clone(),
        },
        memory,
        bytes(
            |rates| rates.disk_read,
            |rates| rates.disk_written,
            [
                |rate| gettext_f("{rate} read", &[("rate", &units::rate(rate))]),
                |rate| gettext_f("{rate} written", &[("rate", &units::rate(rate))]),
            ],
        ),
        bytes(
            |rates| rates.net_received,
            |rates| rates.net_sent,
            [
                |rate| gettext_f("{rate} received", &[("rate", &units::rate(rate))]),
                |rate| gettext_f("{rate} sent", &[("rate", &units::rate(rate))]),
            ],
        ),
    ]
}

/// The points of one figure, in pieces where it is known.
fn line(
    points: &[&(Instant, Rates)],
    (now, span): (Instant, Duration),
    value: fn(&Rates) -> Option<f32>,
    most: f32,
) -> Line {
    let mut pieces: Vec<Vec<(f32, f32)>> = Vec::new();
    let mut last: Option<Instant> = None;
    for (at, rates) in points {
        let Some(value) = value(rates) else {
            last = None;
            continue;
        };
        let back = now.saturating_duration_since(*at).as_secs_f32() / span.as_secs_f32();
        let point = (1.0 - back, value / most);
        let goes_on = last.is_some_and(|last| at.saturating_duration_since(last) <= GAP);
        match pieces.last_mut() {
            Some(piece) if goes_on => piece.push(point),
            _ => pieces.push(vec![point]),
        }
        last = Some(*at);
    }
    Line(pieces)
}

/// The minutes that a graph reaches back for points of this age.
fn reach(oldest: Duration) -> u64 {
    let fitting = REACHES
        .into_iter()
        .find(|minutes| oldest <= Duration::from_mins(*minutes));
    fitting.unwrap_or(REACHES[REACHES.len() - 1])
}

/// A round number that is not below any of the rates: 64 KiB/s times a power of two.
fn ceiling(rates: impl Iterator<Item = Option<f32>>) -> f32 {
    let most = rates.flatten().fold(0.0, f32::max);
    let mut ceiling = LEAST_RATE;
    while ceiling < most {
        ceiling *= 2.0;
    }
    ceiling
}

#[cfg(test)]
mod tests {
    use oriel::stats::Counters;

    use super::super::histories::INTERVAL;
    use super::*;

    fn history(begin: Instant, at: &[u64]) -> History {
        let mut history = History::new(INTERVAL);
        for seconds in at {
            history.take(Counters {
                at: begin + Duration::from_secs(*seconds),
                cpu_ns: Some(seconds * 500_000_000),
                vcpus: Some(1),
                memory_kib: Some(512),
                memory_used_kib: None,
                disk_read: Some(seconds * 100_000),
                disk_written: None,
                net_received: None,
                net_sent: None,
            });
        }
        history
    }

    #[test]
    fn graphs_say_what_is_now_and_what_their_height_is() {
        let begin = Instant::now();
        let history = history(begin, &[0, 3, 6]);
        let now = begin + Duration::from_secs(6);
        let [cpu, memory, disks, network] = contents(Some(&history), now, 1024);
        assert_eq!((cpu.now[0].as_str(), cpu.most.as_str()), ("50 %", "100 %"));
        assert_eq!(cpu.lines[0].0[0].len(), 2);
        assert_eq!(cpu.lines[0].0[0][1], (1.0, 0.5));
        assert_eq!(
            (memory.now[0].as_str(), memory.most.as_str()),
            ("512 KiB", "1 MiB")
        );
        assert_eq!(disks.now, ["98 KiB/s read", ""]);
        assert_eq!(disks.most, "128 KiB/s");
        assert!(network.lines[0].0.is_empty());
    }

    #[test]
    fn a_graph_reaches_as_far_back_as_anything_is_known() {
        assert_eq!(reach(Duration::ZERO), 2);
        assert_eq!(reach(Duration::from_secs(121)), 5);
        assert_eq!(reach(Duration::from_mins(31)), 30);
        let now = Instant::now();
        assert_eq!(contents(None, now, 1)[0].begin, "2 minutes ago");
    }

    #[test]
    fn nothing_is_drawn_over_a_time_when_nobody_looked() {
        let begin = Instant::now();
        let history = history(begin, &[0, 3, 6, 60, 63]);
        let now = begin + Duration::from_secs(100);
        let [cpu, ..] = contents(Some(&history), now, 1024);
        assert_eq!(cpu.lines[0].0.len(), 2);
        assert_eq!(cpu.now, [""], "old figures are not now");
        let [cpu, ..] = contents(None, now, 1024);
        assert!(cpu.lines[0].0.is_empty());
    }
}
