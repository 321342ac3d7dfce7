// SPDX-License-Identifier: GPL-3.0-or-later
//! What a window tells screen readers by itself, with the moment at which it came.
//!
//! Listening costs the window next to nothing, so it serves to measure how soon something shows.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::sync::mpsc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{MatchRule, MessageStream, message};

use super::bus::{Bus, Reference};

/// The interface of events about objects.
const OBJECT: &str = "org.a11y.atspi.Event.Object";

/// Something that a window told.
#[derive(Debug)]
pub struct Event {
    /// When it arrived here.
    pub at: Instant,
    /// Whom it is about.
    pub source: Reference,
    /// The signal: `PropertyChange`, `ChildrenChanged`, `StateChanged`, `TextChanged`.
    pub signal: String,
    /// What of it: the property's or the state's name, "add" or "remove".
    pub detail: String,
    /// The first number: whether a state is on, the place of a child.
    pub number: i32,
    /// The text that came with it: a new name.
    pub text: String,
}

/// Events as they come.
#[derive(Debug)]
pub struct Events {
    events: mpsc::Receiver<Event>,
}

impl Events {
    /// Begins to listen to a program, by the name of its connection.
    ///
    /// # Panics
    ///
    /// Where the bus does not let us.
    pub fn listen(bus: &Bus, owner: &str) -> Self {
        let (sender, events) = mpsc::channel();
        let rule = MatchRule::builder()
            .msg_type(message::Type::Signal)
            .interface(OBJECT)
            .unwrap()
            .sender(owner.to_owned())
            .unwrap()
            .build();
        bus.want("object:");
        let connection = bus.connection().clone();
        let mut stream = bus
            .wait(MessageStream::for_match_rule(rule, &connection, Some(4096)))
            .unwrap();
        bus.spawn(async move {
            while let Some(message) = stream.next().await {
                let at = Instant::now();
                let Some(event) = message.ok().and_then(|message| event(&message, at)) else {
                    continue;
                };
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        Self { events }
    }

    /// The next event within that time.
    pub fn next(&self, patience: Duration) -> Option<Event> {
        self.events.recv_timeout(patience).ok()
    }

    /// The next event that is wanted, within that time; others are thrown away.
    pub fn await_one(&self, patience: Duration, wanted: impl Fn(&Event) -> bool) -> Option<Event> {
        let deadline = Instant::now() + patience;
        loop {
            let event = self.next(deadline.saturating_duration_since(Instant::now()))?;
            if wanted(&event) {
                return Some(event);
            }
        }
    }

    /// Throws away what has come so far.
    pub fn forget(&self) {
        while self.events.try_recv().is_ok() {}
    }
}

/// What a message tells.
pub(super) fn event(message: &zbus::Message, at: Instant) -> Option<Event> {
    let header = message.header();
    let body = message.body();
    let (detail, number, _, value, _): (
        String,
        i32,
        i32,
        OwnedValue,
        std::collections::HashMap<String, OwnedValue>,
    ) = body.deserialize().ok()?;
    Some(Event {
        at,
        source: Reference {
            owner: header.sender()?.to_string(),
            path: header.path()?.to_owned().into(),
        },
        signal: header.member()?.to_string(),
        detail,
        number,
        text: match &*value {
            Value::Str(text) => text.to_string(),
            _ => String::new(),
        },
    })
}
