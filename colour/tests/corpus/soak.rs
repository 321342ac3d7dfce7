// SPDX-License-Identifier: GPL-3.0-or-later
//! Goes through many broken things in processes of their own, and measures each.
//!
//! The test starts itself again, once for each processor, and each of these children takes every
//! so-manieth number. What crashes, hangs or fills the memory takes its child with it and is told
//! with its number. A child stays on one processor: no work can hide in other threads, and the
//! kernel's account of its one thread says how long it ran and how long it stood in line.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader};
use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::support::dice::Dice;

/// The longest that one of them may take. Without optimisation (of the standard library and the
/// test itself) a little more.
const BOUND: Duration = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 250 });

/// The most memory that a child may ever have, in KiB.
const MEMORY_KIB: u64 = 200 * 1024;

/// A child that has not said anything for so long hangs.
const HANG: Duration = Duration::from_mins(1);

/// What says in a child's output that a number is begun, and that all are done.
const BEGUN: &str = "@begun ";
const DONE: &str = "@done ";

/// What is to be gone through.
pub trait Corpus {
    /// A broken thing.
    type Broken;

    /// What they are called.
    const NAME: &'static str;

    /// Breaks one. This is not measured.
    fn breaks(&self, dice: &mut Dice) -> Self::Broken;

    /// Does with it what the programs do, and says what it came to. This is measured.
    fn uses(&self, broken: Self::Broken, count: &mut Count);
}

/// How often it came to what.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Count(BTreeMap<String, usize>);

impl Count {
    pub fn add(&mut self, what: &str) {
        *self.0.entry(what.to_owned()).or_default() += 1;
    }

    fn join(&mut self, other: &Self) {
        for (what, often) in &other.0 {
            *self.0.entry(what.clone()).or_default() += often;
        }
    }
}

/// What all of them came to; `None` of a part.
#[must_use]
pub struct Outcome(Option<Count>);

impl Outcome {
    /// Each of these must have come about: else it is not tested.
    pub fn has(&self, all: &[&str]) {
        if let Some(Count(count)) = &self.0 {
            for what in all {
                assert!(count.contains_key(*what), "none: {what}; {count:?}");
            }
        }
    }
}

/// How long something took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Took {
    /// By the clock, less the time in which it could have gone on but other programs had the
    /// processor. What is left is work, and waiting for a lock, a disk or a clock: both would be
    /// there on a machine that does nothing else. (Where the kernel does not tell how long it
    /// stood in line, it is all the time by the clock.)
    own: Duration,
    /// Of the processor.
    processor: Duration,
    /// By the clock.
    clock: Duration,
}

/// A clock that can be stopped.
struct Watch {
    clock: Instant,
    account: (Duration, Duration),
}

impl Watch {
    fn start() -> Self {
        Self {
            clock: Instant::now(),
            account: account(),
        }
    }

    fn stop(&self) -> Took {
        let clock = self.clock.elapsed();
        let (ran, stood) = account();
        Took {
            own: clock.saturating_sub(stood.saturating_sub(self.account.1)),
            processor: ran.saturating_sub(self.account.0),
            clock,
        }
    }
}

/// How long this thread has had a processor, and how long it has stood in line for one.
fn account() -> (Duration, Duration) {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let mut numbers = text.split(' ').map(|it| it.parse().unwrap_or(0));
    let mut next = || Duration::from_nanos(numbers.next().unwrap_or(0));
    (next(), next())
}

/// What some numbers came to.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Tally {
    count: Count,
    /// The longest, and whose it was.
    worst: (Took, u64),
    memory_kib: u64,
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

/// Goes through `many` of them, in the test of this name: `ORIEL_SOAK_SEED` says where the
/// sequence begins, `ORIEL_SOAK_ONLY=NUMBER` does that one alone.
pub fn go_through<C: Corpus>(test: &str, corpus: &C, many: u64) -> Outcome {
    let seed = number("ORIEL_SOAK_SEED").unwrap_or(1);
    if let Some(first) = number("ORIEL_SOAK_CHILD") {
        be_child(corpus, first, many, seed);
        return Outcome(None);
    }
    let begun = Instant::now();
    let only = number("ORIEL_SOAK_ONLY");
    let children = match only {
        Some(_) => 1,
        None => thread::available_parallelism().map_or(1, NonZero::get),
    };
    let watched: Vec<_> = (0..children)
        .map(|first| {
            let mut command = Command::new(env::current_exe().unwrap());
            command
                .args(["--exact", test, "--nocapture"])
                .env("ORIEL_SOAK_CHILD", first.to_string())
                .env("ORIEL_SOAK_CHILDREN", children.to_string())
                .stdin(Stdio::null())
                .stdout(Stdio::piped());
            let child = command.spawn().unwrap();
            let name = format!("{} of seed {seed}", C::NAME);
            thread::spawn(move || watch(child, &name))
        })
        .collect();
    let mut all = Tally::default();
    let mut faults = Vec::new();
    for child in watched {
        match child.join().unwrap() {
            Ok(tally) => {
                all.count.join(&tally.count);
                all.worst = all.worst.max(tally.worst);
                all.memory_kib = all.memory_kib.max(tally.memory_kib);
            }
            Err(fault) => faults.push(fault),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let (worst, whose) = all.worst;
    println!(
        "{} {} in {:.0?}: {:?}; the worst (number {whose}) took {:.1?} of its own ({:.1?} of the \
         processor, {:.1?} by the clock); {} MiB at most",
        only.map_or(many, |_| 1),
        C::NAME,
        begun.elapsed(),
        all.count.0,
        worst.own,
        worst.processor,
        worst.clock,
        all.memory_kib / 1024
    );
    Outcome(only.is_none().then_some(all.count))
}

/// Follows a child to its end.
fn watch(mut child: Child, name: &str) -> Result<Tally, String> {
    let out = child.stdout.take().unwrap();
    let (lines, told) = channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
    });
    let (at, tally) = listen(&told);
    if matches!(tally, Err(RecvTimeoutError::Timeout)) {
        child.kill().unwrap();
        child.wait().unwrap();
        return Err(format!("number {at} of the {name} hangs"));
    }
    let status = child.wait().unwrap();
    match tally {
        Ok(tally) if status.success() => Ok(tally),
        _ => Err(format!("number {at} of the {name} failed: {status}")),
    }
}

/// Which number was begun last, and what all came to.
fn listen(told: &Receiver<String>) -> (String, Result<Tally, RecvTimeoutError>) {
    let mut at = "(none)".to_owned();
    loop {
        match told.recv_timeout(HANG) {
            Ok(line) => {
                if let Some(number) = line.strip_prefix(BEGUN) {
                    number.clone_into(&mut at);
                } else if let Some(tally) = line.strip_prefix(DONE) {
                    return (at, Ok(serde_json::from_str(tally).unwrap()));
                }
            }
            Err(error) => return (at, Err(error)),
        }
    }
}

fn be_child<C: Corpus>(corpus: &C, first: u64, many: u64, seed: u64) {
    stay_on_one_processor(first);
    let step = number("ORIEL_SOAK_CHILDREN").unwrap_or(1);
    let numbers = match number("ORIEL_SOAK_ONLY") {
        Some(only) => only..only + 1,
        None => first..many,
    };
    let mut tally = Tally::default();
    // The harness has begun a line.
    println!();
    for number in numbers.step_by(usize::try_from(step).unwrap()) {
        println!("{BEGUN}{number}");
        let took = measure(corpus, number, seed, &mut tally.count);
        tally.worst = tally.worst.max((took, number));
        assert!(
            took.own <= BOUND && took.processor <= BOUND,
            "number {number} of the {} of seed {seed} took {took:?}",
            C::NAME
        );
    }
    tally.memory_kib = peak_memory_kib();
    assert!(tally.memory_kib < MEMORY_KIB, "{} KiB", tally.memory_kib);
    println!("{DONE}{}", serde_json::to_string(&tally).unwrap());
}

/// How long one takes. What takes too long is done again: a number is the same each time, and so
/// is the time that it needs, but not the time that a hypervisor takes away from it.
fn measure<C: Corpus>(corpus: &C, number: u64, seed: u64, count: &mut Count) -> Took {
    let mut best: Option<Took> = None;
    for _ in 0..3 {
        let mut dice = Dice(seed.wrapping_mul(0x1_0000_0001).wrapping_add(number));
        let broken = corpus.breaks(&mut dice);
        let mut counted = Count::default();
        let watch = Watch::start();
        corpus.uses(broken, &mut counted);
        let took = watch.stop();
        if best.is_none() {
            count.join(&counted);
        }
        let least = best.map_or(took, |best| best.min(took));
        best = Some(least);
        if least.own <= BOUND && least.processor <= BOUND {
            break;
        }
    }
    best.unwrap_or_default()
}

fn stay_on_one_processor(number: u64) {
    let this = Pid::from_raw(0);
    let allowed = sched_getaffinity(this).unwrap();
    let allowed: Vec<usize> = (0..CpuSet::count())
        .filter(|processor| allowed.is_set(*processor).unwrap())
        .collect();
    let mut one = CpuSet::new();
    one.set(allowed[usize::try_from(number).unwrap() % allowed.len()])
        .unwrap();
    sched_setaffinity(this, &one).unwrap();
}

fn peak_memory_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
