// SPDX-License-Identifier: GPL-3.0-or-later
//! Profiles that were broken at random: each is refused or used, in bounded time and memory.
//!
//! `ORIEL_SOAK` says how many (2,000 if not set; `make soak` takes 50,000), `ORIEL_SOAK_SEED`
//! where the sequence begins. What fails is told with its number, and
//! `ORIEL_SOAK_ONLY=NUMBER` does that one alone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests, and what they measured"
)]

mod support;

use std::num::NonZero;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use oriel_colour::profile::{Intent, Profile};
use oriel_colour::report::{Options, Report};
use oriel_colour::samples::{self, Kind, Model};
use oriel_colour::transform::{Order, Recipe, Surface, Transform};

use support::{Parts, dictionary, localized, power, vcgt};

/// The longest that one profile may take, in time of the processor. Without optimisation (of the
/// standard library and the test itself) a little more.
const BOUND: Duration = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 250 });

/// The most memory that the process may ever have, in KiB.
const MEMORY_KIB: u64 = 200 * 1024;

/// Numbers that are the same in each run (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// Sound profiles of all kinds, with all the tags that are read.
fn sound() -> Vec<Vec<u8>> {
    let ramp = power(1.1, 256);
    Kind::ALL
        .iter()
        .map(|kind| {
            let profile = samples::profile(&Model::default(), *kind).unwrap();
            Parts::of(&profile)
                .set(b"vcgt", &vcgt([&ramp, &ramp, &ramp]))
                .set(
                    b"meta",
                    &dictionary(&[("DATA_source", "calib"), ("EDID_md5", "00")]),
                )
                .set(
                    b"dmdd",
                    &localized(&[("enUS", "Screen"), ("deDE", "Schirm")]),
                )
                .bytes()
        })
        .collect()
}

/// Breaks a profile in one of the ways in which files get broken, or are broken on purpose.
fn broken(sound: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = sound[dice.below(sound.len())].clone();
    let tags = usize::try_from(u32::from_be_bytes(bytes[128..132].try_into().unwrap())).unwrap();
    let table = 132 + 12 * tags;
    for _ in 0..=dice.below(3) {
        let length = bytes.len();
        if length < table {
            break;
        }
        let entry = 132 + 12 * dice.below(tags);
        match dice.below(9) {
            0 => flip(&mut bytes, 0, 128, dice),
            1 => flip(&mut bytes, 128, table, dice),
            2 | 3 => flip(&mut bytes, table, length, dice),
            // The first bytes of a tag: its type, counts and grid.
            4 => {
                let at = usize::try_from(u32::from_be_bytes(
                    bytes[entry + 4..entry + 8].try_into().unwrap(),
                ))
                .unwrap();
                let at = at.min(length - 1);
                flip(&mut bytes, at, (at + 64).min(length), dice);
            }
            5 => bytes.truncate(dice.below(length)),
            // Two tags exchange names, or places.
            6 => {
                let other = 132 + 12 * dice.below(tags);
                let from = 4 * dice.below(2);
                for index in from..from + 4 {
                    bytes.swap(entry + index, other + index);
                }
            }
            // A size or place of 32 bits becomes an extreme one.
            7 => {
                let words: [u32; 6] = [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX, 0xffff];
                let at = table + dice.below(length - table - 3) / 4 * 4;
                bytes[at..at + 4].copy_from_slice(&words[dice.below(6)].to_be_bytes());
            }
            // A piece is copied over another one.
            _ => {
                let size = 1 + dice.below(64.min(length - table));
                let from = table + dice.below(length - table - size + 1);
                let to = table + dice.below(length - table - size + 1);
                bytes.copy_within(from..from + size, to);
            }
        }
    }
    bytes
}

fn flip(bytes: &mut [u8], from: usize, to: usize, dice: &mut Dice) {
    for _ in 0..=dice.below(8) {
        let at = from + dice.below(to - from);
        bytes[at] = u8::try_from(dice.below(256)).unwrap();
    }
}

#[derive(Debug, Default)]
struct Count {
    refused: usize,
    reported: usize,
    converted: usize,
}

/// Does with a profile what the programs do.
fn use_it(bytes: Vec<u8>, intent: Intent, count: &mut Count) {
    let Ok(profile) = Profile::parse(bytes) else {
        count.refused += 1;
        return;
    };
    let report = Report::new(&profile, &Options::default());
    assert!(!report.to_text().is_empty());
    count.reported += 1;
    // Once as a monitor's profile and once as a picture's.
    for (source, target) in [
        (Profile::srgb(), profile.clone()),
        (profile, Profile::srgb()),
    ] {
        let mut recipe = Recipe::new(source, target);
        recipe.intent = intent;
        recipe.black_point = intent == Intent::RelativeColorimetric;
        let Ok(transform) = Transform::new(&recipe) else {
            continue;
        };
        let mut pixels: Vec<u8> = (0..=255).collect();
        let mut surface = Surface::new(&mut pixels, 8, 8, 32, Order::Bgra).unwrap();
        transform.apply(&mut surface, None, 1);
        count.converted += 1;
    }
}

/// How long this thread has had a processor: a busy machine does not count.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|it| it.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

fn peak_memory_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What the profiles of some numbers came to.
#[derive(Debug, Default)]
struct Tally {
    count: Count,
    /// The longest time of the processor, and whose it was.
    worst: (Duration, u64),
    /// The longest time by the clock.
    slowest: Duration,
}

fn go_through(numbers: impl Iterator<Item = u64>, seed: u64, sound: &[Vec<u8>]) -> Tally {
    let mut tally = Tally::default();
    for index in numbers {
        let mut dice = Dice(seed.wrapping_mul(0x1_0000_0001).wrapping_add(index));
        let bytes = broken(sound, &mut dice);
        let intent = Intent::ALL[dice.below(4)];
        let (before, wall) = (processor_time(), Instant::now());
        let used = catch_unwind(|| {
            let mut count = Count::default();
            use_it(bytes, intent, &mut count);
            count
        });
        let took = processor_time().saturating_sub(before);
        tally.slowest = tally.slowest.max(wall.elapsed());
        let used = used.unwrap_or_else(|_| panic!("number {index} of seed {seed} panicked"));
        tally.count.refused += used.refused;
        tally.count.reported += used.reported;
        tally.count.converted += used.converted;
        tally.worst = tally.worst.max((took, index));
        assert!(took <= BOUND, "number {index} of seed {seed} took {took:?}");
    }
    tally
}

#[test]
fn broken_profiles_are_refused_or_used() {
    let many = number("ORIEL_SOAK").unwrap_or(2000);
    let seed = number("ORIEL_SOAK_SEED").unwrap_or(1);
    let only = number("ORIEL_SOAK_ONLY");
    let sound = &sound();
    let begun = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let all = only.map_or(0..many, |only| only..only + 1);
        let parts: Vec<_> = (0..threads)
            .map(|first| {
                let numbers = all.clone().skip(first).step_by(threads);
                scope.spawn(move || go_through(numbers, seed, sound))
            })
            .collect();
        parts.into_iter().map(|part| part.join().unwrap()).collect()
    });
    let sum = |of: fn(&Count) -> usize| tallies.iter().map(|it| of(&it.count)).sum::<usize>();
    let (refused, converted) = (sum(|it| it.refused), sum(|it| it.converted));
    let (worst, number) = tallies.iter().map(|it| it.worst).max().unwrap();
    let memory = peak_memory_kib();
    println!(
        "{many} profiles in {:.0?}: {refused} refused, {} reported, {converted} conversions; \
         worst {worst:.1?} of the processor (number {number}), {:.1?} by the clock; {} MiB at most",
        begun.elapsed(),
        sum(|it| it.reported),
        tallies.iter().map(|it| it.slowest).max().unwrap(),
        memory / 1024
    );
    assert!(memory < MEMORY_KIB, "{memory} KiB");
    assert!(
        only.is_some() || (refused > 0 && converted > 0),
        "{refused} {converted}"
    );
}
