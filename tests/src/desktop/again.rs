// SPDX-License-Identifier: GPL-3.0-or-later
//! Keys and clicks that are tried again: what comes while a window or a menu is being opened or
//! closed can go astray.

use std::time::{Duration, Instant};

use super::{App, PATIENCE};

/// After how long a key that did nothing is pressed again, and a click is tried again: one in ten
/// meets a menu that is still closing.
pub const AGAIN: Duration = Duration::from_secs(1);
const CLICK_AGAIN: Duration = Duration::from_millis(300);

/// Awaits that something is so.
///
/// # Panics
///
/// Where that does not come.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what} does not come");
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// Does something until something is so, again after a while: keys and clicks that come while a
/// window or a menu is being opened or closed can go astray.
///
/// # Panics
///
/// Where that does not come.
#[track_caller]
pub fn trying(what: &str, again: Duration, mut act: impl FnMut(), mut is_so: impl FnMut() -> bool) {
    let mut done = None::<Instant>;
    until(what, || {
        if done.is_none_or(|at| at.elapsed() > again) {
            act();
            done = Some(Instant::now());
        }
        is_so()
    });
}

/// Presses a key until something is so.
///
/// # Panics
///
/// Where that does not come.
#[track_caller]
pub fn pressing(app: &App, key: &str, is_so: impl FnMut() -> bool) {
    trying(key, AGAIN, || app.input().keys(&[key]), is_so);
}

/// Clicks at a place until something is so.
///
/// # Panics
///
/// Where that does not come.
#[track_caller]
pub fn clicking(app: &App, what: &str, [x, y]: [i32; 2], is_so: impl FnMut() -> bool) {
    trying(what, CLICK_AGAIN, || app.input().click(x, y, 1), is_so);
}

/// Whether something comes to be so before it is tried again.
fn comes(is_so: impl Fn() -> bool) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < AGAIN && !is_so() {
        std::thread::sleep(Duration::from_millis(3));
    }
    is_so()
}

/// Opens a window, again where what opens it went astray. One that comes late is closed by what
/// clears the way for the next try: that is awaited, so that it isn't taken for the next one.
///
/// # Panics
///
/// Where that does not come.
#[track_caller]
pub fn opening_window(app: &App, what: &str, main: u32, open: impl Fn(&App), close: &str) {
    let is_open = || app.input().active().is_some_and(|it| it != main);
    open(app);
    until(what, || {
        let opened = comes(is_open);
        if !opened {
            app.input().keys(&[close]);
            std::thread::sleep(AGAIN);
            if !is_open() {
                open(app);
            }
        }
        opened
    });
}

/// Closes a window by a key.
///
/// # Panics
///
/// Where that does not come.
#[track_caller]
pub fn closing_window(app: &App, what: &str, main: u32, close: &str) {
    let begin = Instant::now();
    loop {
        app.input().keys(&[close]);
        if comes(|| app.input().active() == Some(main)) {
            return;
        }
        let (active, dialogs) = (app.input().active_title(), app.dialogs());
        let told = format!("{active:?} is active, with {dialogs} dialogs");
        assert!(begin.elapsed() < PATIENCE, "{what}, after {close}: {told}");
    }
}
