// SPDX-License-Identifier: GPL-3.0-or-later
//! Awaiting what the windows are to show.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::tree::Element;
use super::{App, PATIENCE, PERIOD};

/// After how long everything is read again though nothing was told, since things may have moved;
/// and after how long where something takes its time.
const TRUSTED: Duration = Duration::from_millis(400);
const TRUSTED_LONG: Duration = Duration::from_millis(1200);

/// From when on something takes its time.
const LONG: Duration = Duration::from_secs(3);

impl App {
    /// Awaits a state of the windows.
    ///
    /// # Panics
    ///
    /// Where it does not come, with the tree as it was last.
    #[track_caller]
    pub fn await_that(&self, what: &str, is_so: impl Fn(&Element) -> bool) -> Element {
        self.await_some(what, |tree| is_so(tree).then(|| tree.clone()))
    }

    /// Awaits something in the windows.
    ///
    /// # Panics
    ///
    /// Where it does not come, with the tree as it was last.
    #[track_caller]
    pub fn await_some<T>(&self, what: &str, find: impl Fn(&Element) -> Option<T>) -> T {
        let begin = Instant::now();
        let mut examined = None::<Arc<Element>>;
        loop {
            let look = Instant::now();
            let is_long = begin.elapsed() > LONG;
            let trusted = if is_long { TRUSTED_LONG } else { TRUSTED };
            let tree = self.read_before(trusted).unwrap_or_else(|| {
                self.reader.await_calm();
                self.read()
            });
            if examined.as_ref().is_none_or(|it| !Arc::ptr_eq(it, &tree)) {
                if let Some(found) = find(&tree) {
                    return found;
                }
                examined = Some(tree);
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "no {what} in {} s; there is:\n{}and it said: {}",
                PATIENCE.as_secs(),
                self.tree().dump(),
                self.process.err()
            );
            // A window that changes all the while is not looked at more than half of the time.
            std::thread::sleep(PERIOD.max(look.elapsed()));
        }
    }

    /// Awaits an element of that role and name on the screen. A row of a list goes by its first
    /// text.
    ///
    /// # Panics
    ///
    /// Where it does not come.
    #[track_caller]
    pub fn await_one(&self, role: &str, name: &str) -> Element {
        let what = format!("{role} “{name}”");
        self.await_some(&what, |tree| tree.find(role, name).cloned())
    }

    /// Awaits an element as [`Self::await_one`] that can be used.
    ///
    /// # Panics
    ///
    /// Where it does not come.
    #[track_caller]
    pub fn await_usable(&self, role: &str, name: &str) -> Element {
        let what = format!("usable {role} “{name}”");
        self.await_some(&what, |tree| tree.find_usable(role, name).cloned())
    }

    /// Awaits that no element of that role and name is on the screen.
    ///
    /// # Panics
    ///
    /// Where it stays.
    #[track_caller]
    pub fn await_gone(&self, role: &str, name: &str) {
        let what = format!("end of {role} “{name}”");
        self.await_that(&what, |tree| tree.find(role, name).is_none());
    }

    /// Awaits words on the screen.
    ///
    /// # Panics
    ///
    /// Where they do not come.
    #[track_caller]
    pub fn await_words(&self, words: &str) -> Element {
        self.await_that(&format!("“{words}”"), |tree| tree.says(words))
    }

    /// Awaits that words are not on the screen.
    ///
    /// # Panics
    ///
    /// Where they stay.
    #[track_caller]
    pub fn await_gone_words(&self, words: &str) {
        self.await_that(&format!("end of “{words}”"), |tree| !tree.says(words));
    }

    /// Awaits a window of that title.
    ///
    /// # Panics
    ///
    /// Where it does not come.
    #[track_caller]
    pub fn await_window(&self, title: &str) -> Element {
        self.await_some(&format!("window “{title}”"), |tree| {
            let mut windows = tree.children.iter();
            windows.find(|one| one.name == title).cloned()
        })
    }
}
