// SPDX-License-Identifier: GPL-3.0-or-later
//! The live objects of the window, by type: what is opened and closed a few times may leave none.
//!
//! A library that is loaded with the program counts them (`census.c`). Widgets, models, windows and
//! textures are such objects; what plain Rust keeps without one is seen in memory alone, by
//! `make soak`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use oriel_sandbox::{Session, process};

use crate::desktop::is_newer_gtk;

/// The library's source.
const SOURCE: &str = include_str!("census.c");

/// How often the objects are counted at most until they are at rest, and how long to wait between
/// two counts. Twice the same is at rest.
const LOOKS: usize = 40;
const REST: Duration = Duration::from_millis(25);

/// How many lots are judged at most. Caches fill in one of them and not in each.
const LOTS: usize = 4;

/// What the libraries themselves leave of each window, a hundred bytes or two each, on Debian 12:
/// libadwaita 1.2 the model of a stack's pages and what watches for swipes, GTK 4.8 the buffer of an
/// entry for passwords (which the window has emptied: `window_memory` looks for it), pictures of a
/// style that fades, and the stream that a dropped file came by.
const THEIRS: &[&str] = &[
    "AdwSwipeTracker",
    "AdwViewStackPages",
    "GdkX11SelectionInputStream",
    "GtkCssImageCrossFade",
    "GtkPasswordEntryBuffer",
];

/// As [`THEIRS`], on Debian 13 alone: `AdwViewStack` of libadwaita 1.7 leaves the animation of its
/// pages. A program of twenty lines that shows and destroys one five times has five of them.
const THEIRS_NEWER: &[&str] = &["AdwCallbackAnimationTarget", "AdwTimedAnimation"];

/// The number of objects by the names of their types.
pub type Counts = BTreeMap<String, i64>;

/// Where a program tells its objects.
#[derive(Debug)]
pub struct Census {
    socket: PathBuf,
}

impl Census {
    /// Has a program tell its objects: before it is started, by the command that starts it.
    ///
    /// # Panics
    ///
    /// Where the library can't be compiled.
    pub fn prepare(session: &Session, command: &mut Command) -> Self {
        let source = session.dir().join("census.c");
        let library = session.dir().join("census.so");
        std::fs::write(&source, SOURCE).unwrap();
        let mut ask = Command::new("pkg-config");
        let flags = process::run(ask.args(["--cflags", "--libs", "gobject-2.0"])).unwrap();
        let mut compile = Command::new("cc");
        compile.args("-shared -fPIC -pthread -Wall -Wextra -Werror".split(' '));
        compile.arg("-o").arg(&library).arg(&source);
        process::run(compile.args(flags.split_whitespace())).unwrap();
        let socket = session.dir().join("census");
        command
            .env("LD_PRELOAD", library)
            .env("ORIEL_CENSUS", &socket);
        Self { socket }
    }

    /// Counts the objects now.
    ///
    /// # Panics
    ///
    /// Where the program does not tell.
    pub fn count(&self) -> Counts {
        let mut text = String::new();
        let mut stream = UnixStream::connect(&self.socket).unwrap();
        stream.read_to_string(&mut text).unwrap();
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        let counts: Counts = lines
            .filter(|(name, _)| !is_theirs(name))
            .map(|(name, count)| (name.to_owned(), count.parse().unwrap()))
            .collect();
        assert!(counts.len() > 10, "the objects are not counted: {text}");
        counts
    }

    /// Counts the objects at rest.
    fn at_rest(&self) -> Counts {
        let mut last = self.count();
        for _ in 0..LOOKS {
            std::thread::sleep(REST);
            let now = self.count();
            if now == last {
                break;
            }
            last = now;
        }
        last
    }

    /// Does something in lots of so many times, and fails where each lot leaves at least that many
    /// objects of some type.
    ///
    /// # Panics
    ///
    /// With the types, and how many of them there were after each lot.
    #[track_caller]
    pub fn assert_flat(&self, what: &str, lot: usize, least: usize, mut once: impl FnMut()) {
        let mut counts = Vec::new();
        loop {
            for _ in 0..lot {
                once();
            }
            counts.push(self.at_rest());
            match judge(&counts, least) {
                Verdict::Flat => return,
                Verdict::Open => {}
                Verdict::Grows(types) => {
                    let told = types.iter().map(|name| {
                        let of = |counts: &Counts| counts.get(name).copied().unwrap_or_default();
                        format!("{name}: {:?}", counts.iter().map(of).collect::<Vec<_>>())
                    });
                    let told = told.collect::<Vec<_>>().join("\n");
                    panic!("{what} leaves objects; after {lot} times each:\n{told}");
                }
            }
        }
    }
}

/// Whether a type's objects are left by the libraries themselves.
fn is_theirs(name: &str) -> bool {
    THEIRS.contains(&name) || is_newer_gtk() && THEIRS_NEWER.contains(&name)
}

/// What the counts after each lot say.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// No type grew by so many objects in the last lot.
    Flat,
    /// One did, and the lots are too few to say more.
    Open,
    /// These did in each lot.
    Grows(Vec<String>),
}

/// Judges. The first lot warms up, and counts for nothing but as what others are compared with.
fn judge(counts: &[Counts], least: usize) -> Verdict {
    let of = |counts: &Counts, name: &str| counts.get(name).copied().unwrap_or_default();
    let least = i64::try_from(least).unwrap_or(i64::MAX);
    let grew = |two: &[Counts], name: &str| of(&two[1], name) - of(&two[0], name) >= least;
    let [.., now] = counts else {
        return Verdict::Open;
    };
    if counts.len() < 2 {
        return Verdict::Open;
    }
    let newest = &counts[counts.len() - 2..];
    if !now.keys().any(|name| grew(newest, name)) {
        return Verdict::Flat;
    }
    if counts.len() <= LOTS {
        return Verdict::Open;
    }
    let always = |name: &&String| counts[1..].windows(2).all(|two| grew(two, name));
    let types: Vec<_> = now.keys().filter(always).cloned().collect();
    if types.is_empty() {
        Verdict::Flat
    } else {
        Verdict::Grows(types)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lots(of: &[(&str, &[i64])]) -> Vec<Counts> {
        let count = of[0].1.len();
        let at = |place: usize| {
            let counts = of
                .iter()
                .map(|(name, all)| ((*name).to_owned(), all[place]));
            counts.collect()
        };
        (0..count).map(at).collect()
    }

    #[test]
    fn what_grows_with_each_opening_is_found_and_a_cache_is_not() {
        let judged = |of: &[(&str, &[i64])]| judge(&lots(of), 3);
        assert_eq!(judged(&[("GtkLabel", &[40])]), Verdict::Open);
        assert_eq!(judged(&[("GtkLabel", &[40, 42])]), Verdict::Flat);
        assert_eq!(judged(&[("GtkLabel", &[40, 43])]), Verdict::Open);
        let window: (&str, &[i64]) = ("GtkWindow", &[1, 4, 7, 10, 13]);
        let cache: (&str, &[i64]) = ("GdkTexture", &[1, 8, 8, 12, 20]);
        let grows = Verdict::Grows(vec!["GtkWindow".into()]);
        assert_eq!(judged(&[window, cache]), grows);
        assert_eq!(judged(&[("GdkTexture", &[1, 8, 8, 12, 20])]), Verdict::Flat);
    }
}
