// SPDX-License-Identifier: GPL-3.0-or-later
//! Another program of the session, which speaks to the window as any may: over the session's bus.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::collections::HashMap;

use oriel_sandbox::Session;
use zbus::zvariant::{ObjectPath, Value};

use super::bus::{Bus, Reference};

/// The window's name on the bus.
const NAME: &str = "org.oriel.Oriel";

/// Its application's object.
pub const APPLICATION: &str = "/org/oriel/Oriel";

/// That program.
#[derive(Debug)]
pub struct Caller {
    bus: Bus,
}

impl Caller {
    /// Comes to the session's bus.
    pub fn start(session: &Session) -> Self {
        Self {
            bus: Bus::of_session(session),
        }
    }

    /// Hands the window a command line, without its first word; gives the exit code.
    ///
    /// # Panics
    ///
    /// Where the window does not take it.
    #[track_caller]
    pub fn command_line(&self, words: &[&str]) -> i32 {
        let words: Vec<Vec<u8>> = std::iter::once(&"oriel")
            .chain(words)
            // GLib takes one without an end for an empty one.
            .map(|word| [word.as_bytes(), &[0]].concat())
            .collect();
        let own = ObjectPath::try_from("/org/oriel/tests").unwrap();
        let data: HashMap<&str, Value<'_>> = HashMap::new();
        let body = (own, words, data);
        let (interface, method) = ("org.gtk.Application", "CommandLine");
        let code = self.bus.call(&of(APPLICATION), interface, method, &body);
        code.unwrap()
    }

    /// The names of the actions that an object of the window's offers.
    ///
    /// # Panics
    ///
    /// Where it has none.
    #[track_caller]
    pub fn actions(&self, path: &str) -> Vec<String> {
        let names = self.bus.call(&of(path), "org.gtk.Actions", "List", &());
        let mut names: Vec<String> = names.unwrap();
        names.sort();
        names
    }
}

fn of(path: &str) -> Reference {
    Reference {
        owner: NAME.into(),
        path: path.try_into().unwrap(),
    }
}
