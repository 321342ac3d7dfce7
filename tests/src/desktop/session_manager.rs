// SPDX-License-Identifier: GPL-3.0-or-later
//! A stand-in for the desktop's session manager, which programs ask not to end the session.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oriel_sandbox::{Session, process};
use tokio::runtime::Runtime;
use zbus::Connection;

const NAME: &str = "org.gnome.SessionManager";
const PATH: &str = "/org/gnome/SessionManager";

/// The session manager's number for "log out".
const LOGOUT: u32 = 1;

/// What is held, by the numbers given for it: which program, why, and against what.
type Holds = Arc<Mutex<BTreeMap<u32, (String, String, u32)>>>;

/// The session manager of a session, until it is dropped.
#[derive(Debug)]
pub struct SessionManager {
    holds: Holds,
    _connection: Connection,
    _runtime: Runtime,
}

struct Service {
    holds: Holds,
    next: Mutex<u32>,
}

#[zbus::interface(name = "org.gnome.SessionManager")]
impl Service {
    fn inhibit(&self, program: String, window: u32, why: String, flags: u32) -> u32 {
        // Which of its windows wants it shows nowhere.
        let _ = window;
        let number = {
            let mut next = self.next.lock().unwrap();
            *next += 1;
            *next
        };
        let mut holds = self.holds.lock().unwrap();
        holds.insert(number, (program, why, flags));
        number
    }

    fn uninhibit(&self, cookie: u32) {
        self.holds.lock().unwrap().remove(&cookie);
    }
}

impl SessionManager {
    /// Takes its place on the session's bus; before the program that is to find it starts.
    ///
    /// # Panics
    ///
    /// Where there is one already.
    pub fn start(session: &Session) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("session manager")
            .enable_all()
            .build()
            .unwrap();
        let address = super::bus::address(session);
        let holds = Holds::default();
        let service = Service {
            holds: holds.clone(),
            next: Mutex::new(0),
        };
        let connection = runtime.block_on(async {
            zbus::connection::Builder::address(&*address)
                .unwrap()
                .serve_at(PATH, service)
                .unwrap()
                .name(NAME)
                .unwrap()
                .build()
                .await
                .unwrap()
        });
        Self {
            holds,
            _connection: connection,
            _runtime: runtime,
        }
    }

    /// Awaits that the session is held against its end, by one hold with these words, or by none.
    ///
    /// # Panics
    ///
    /// With what is held.
    #[track_caller]
    pub fn await_held(&self, words: Option<&str>) {
        let what = format!("a session held by {words:?}");
        process::wait_for(&what, Duration::from_secs(10), || {
            let holds = self.holds.lock().unwrap();
            let all: Vec<_> = holds.values().collect();
            let fits = match (words, all.as_slice()) {
                (None, []) => true,
                (Some(words), [(_, why, flags)]) => why.contains(words) && *flags == LOGOUT,
                _ => false,
            };
            if fits {
                Ok(())
            } else {
                Err(format!("{all:?}"))
            }
        })
        .unwrap();
    }
}
