// SPDX-License-Identifier: GPL-3.0-or-later
//! Memory stays flat, whatever is done for however long: closed windows are freed, and what a
//! guest's start leaves goes.
//!
//! Measured is what the program has written to ([`memory::anonymous_kib`]), after a warm-up in
//! which caches fill. A screen reader's bus is there all the while.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::time::{Duration, Instant};

use oriel_sandbox::{Session, SessionOptions};
use oriel_tests::desktop::bus::Reference;
use oriel_tests::desktop::tree::{Element, State};
use oriel_tests::desktop::{App, PATIENCE};
use oriel_tests::{memory, test_driver_file};

/// How often each page and dialog is opened; the first times only warm up.
const OPENINGS: usize = 200;
const WARM: usize = 40;

/// By how many KiB memory may grow with each opening after the warm-up. A window that is not freed
/// costs over 100, a row of a list about 30.
const EACH: u64 = 12;

/// How many guests are started and stopped at once.
const AT_ONCE: usize = 200;

/// How often, and how often of those to warm up.
const ROUNDS: usize = 10;
const WARM_ROUNDS: usize = 3;

fn desktop() -> Session {
    Session::start(&SessionOptions {
        display: true,
        desktop: true,
        ..SessionOptions::default()
    })
    .unwrap()
}

/// The program's memory once it has had a moment to settle.
fn settled(process: u32) -> u64 {
    std::thread::sleep(Duration::from_secs(2));
    memory::anonymous_kib(process)
}

#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what} does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Does something [`OPENINGS`] times, and fails where memory grows with it.
#[track_caller]
fn repeat(app: &mut App, what: &str, mut once: impl FnMut(&App)) {
    let process = app.process().id();
    let (begin, mut warm) = (Instant::now(), 0);
    for round in 0..OPENINGS {
        if round == WARM {
            warm = settled(process);
        }
        once(app);
    }
    let after = settled(process);
    let times = u64::try_from(OPENINGS - WARM).unwrap();
    println!(
        "{what}: {warm} KiB after {WARM}, {after} KiB after {OPENINGS}, in {} s",
        begin.elapsed().as_secs()
    );
    assert!(
        after < warm + EACH * times,
        "{what}: {warm} KiB after {WARM} times, {after} KiB after {OPENINGS}"
    );
    app.assert_quiet(what);
}

/// The display's number of the window that has the focus.
fn active(app: &App) -> Option<String> {
    let asked = app.input().try_run(&["getactivewindow"]).ok()?;
    Some(asked.trim().to_owned())
}

/// Opens a window by these keys [`OPENINGS`] times, and closes it by Escape.
#[track_caller]
fn windows(app: &mut App, what: &str, keys: &[&str]) {
    let main = active(app).unwrap();
    let before = app.tree().children.len();
    repeat(app, what, |app| {
        app.input().keys(keys);
        until(what, || active(app).is_some_and(|it| it != main));
        app.input().keys(&["Escape"]);
        until("the main window", || active(app).as_ref() == Some(&main));
    });
    let left = app.tree().children.len();
    assert_eq!(left, before, "{what}: closed, and not freed");
}

#[test]
fn dialogs_are_freed_when_they_close() {
    let session = desktop();
    let uri = test_driver_file(session.dir(), 3);
    let mut app = App::start(&session, &["--connect", &uri]);
    app.await_words("3 running");
    windows(&mut app, "preferences", &["ctrl+comma"]);
    windows(&mut app, "add connection", &["F10", "a"]);
    windows(&mut app, "about", &["F10", "o"]);
    app.close();
}

#[test]
fn probe() {
    let session = desktop();
    let uri = test_driver_file(session.dir(), 3);
    let app = App::start(&session, &["--connect", &uri]);
    app.await_words("3 running");
    println!("{}", app.tree().dump());
    app.input().keys(&["F10"]);
    std::thread::sleep(Duration::from_secs(1));
    println!("{}", app.tree().dump());
    app.input().keys(&["o"]);
    std::thread::sleep(Duration::from_secs(1));
    println!("{}", app.tree().dump());
    app.input().keys(&["Escape"]);
    app.click_row("vm00000");
    app.await_window("vm00000 – Oriel");
    println!("{}", app.tree().dump());
    app.input().keys(&["ctrl+comma"]);
    std::thread::sleep(Duration::from_secs(1));
    app.picture("flat", "prefs.png");
    println!("{}", app.tree().dump());
    app.close();
}
