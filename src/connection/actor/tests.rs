// SPDX-License-Identifier: GPL-3.0-or-later
//! A driver without events is polled, and only what changed is told.

use super::*;
use crate::model::act::Act;
use crate::model::guest::DomainState;

/// Long enough for two rounds of polling.
const ROUNDS: Duration = Duration::from_millis(4500);

/// A polled connection to libvirt's test driver, and what is seen of it.
struct Polled {
    driver: Driver,
    inventory: watch::Receiver<Inventory>,
    calls: Calls,
    // Without them the actor ends.
    _commands: mpsc::UnboundedSender<Command>,
    _events: mpsc::UnboundedSender<Notice>,
}

impl Polled {
    async fn start() -> Self {
        let driver = open::open("test:///default", &Agent::default()).expect("the test driver");
        let calls = Calls::new("test:///default", Agent::default());
        calls.set_driver(Some(driver.clone()));
        let (inventory_sender, inventory) = watch::channel(Inventory::default());
        let (commands, receiver) = mpsc::unbounded_channel();
        let (event_sender, events) = mpsc::unbounded_channel();
        let out = Outlets {
            inventory: inventory_sender,
            status: watch::Sender::new(Status::Online),
            facts: broadcast::Sender::new(16),
        };
        let mut actor = Actor::new(calls.clone(), Agent::default(), out, receiver);
        // No subscription stands for a driver that has no events.
        tokio::spawn(async move {
            actor.serve(&[], events).await;
        });
        let mut polled = Self {
            driver,
            inventory,
            calls,
            _commands: commands,
            _events: event_sender,
        };
        polled.until("it is read", |now| now.complete).await;
        polled
    }

    /// Awaits a state; until then no guest that was read may become unread.
    async fn until(&mut self, what: &str, wanted: impl Fn(&Inventory) -> bool) -> Inventory {
        let mut read = HashSet::new();
        let found = async {
            loop {
                let now = self.inventory.borrow_and_update().clone();
                for guest in now.guests.values() {
                    if guest.summary.is_some() {
                        read.insert(guest.uuid);
                    } else {
                        assert!(
                            !read.contains(&guest.uuid),
                            "{} is unread again",
                            guest.name
                        );
                    }
                }
                if wanted(&now) {
                    return now;
                }
                self.inventory.changed().await.expect("the actor ended");
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(10), found).await;
        found.unwrap_or_else(|_| panic!("not told: {what}"))
    }

    fn state(now: &Inventory, name: &str) -> Option<DomainState> {
        now.find(name).map(|guest| guest.state)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_while_nothing_changes() {
    let mut polled = Polled::start().await;
    let before = polled.inventory.borrow_and_update().clone();
    let told = tokio::time::timeout(ROUNDS, polled.inventory.changed()).await;
    let now = polled.inventory.borrow().clone();
    assert!(told.is_err(), "{before:#?} became {now:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_is_told_alone_and_the_rest_stays() {
    let mut polled = Polled::start().await;
    let driver = polled.driver.clone();
    let xml = "<domain type='test'><name>second</name><memory>1024</memory>\
               <os><type>hvm</type></os></domain>";
    let second = driver.define(xml).expect("a definition");
    let now = polled
        .until("the new one", |now| {
            now.find("second")
                .is_some_and(|guest| guest.summary.is_some())
        })
        .await;
    let test = now.find("test").cloned().expect("the first");

    // Another state, by the list.
    second.act(Act::Launch).expect("a start");
    let running = |now: &Inventory| Polled::state(now, "second") == Some(DomainState::Running);
    let now = polled.until("the start", running).await;
    assert_eq!(now.changed, Some(vec![second.uuid().expect("a UUID")]));
    assert!(now.complete, "it was read before");
    let same = now.find("test").expect("the first");
    assert!(Arc::ptr_eq(same, &test), "the other was replaced");

    // Another definition, which shows in the document alone.
    second.act(Act::ForceOff).expect("a stop");
    let off = |now: &Inventory| Polled::state(now, "second") == Some(DomainState::ShutOff);
    polled.until("the stop", off).await;
    let uuid = second.uuid().expect("a UUID");
    let xml = xml
        .replace("1024", "2048")
        .replace("</name>", &format!("</name><uuid>{uuid}</uuid>"));
    driver.define(&xml).expect("another definition");
    let more = |now: &Inventory| {
        let summary = now.find("second").and_then(|guest| guest.summary.as_ref());
        summary.is_some_and(|summary| summary.memory_kib == 2048)
    };
    let now = polled.until("more memory", more).await;
    assert_eq!(now.changed, Some(vec![uuid]));

    // One that is gone.
    second.undefine_plainly().expect("gone");
    let now = polled
        .until("its end", |now| now.find("second").is_none())
        .await;
    assert_eq!(now.changed, Some(vec![uuid]));
    assert!(Arc::ptr_eq(now.find("test").expect("the first"), &test));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_is_told_once_and_taken_back() {
    let mut polled = Polled::start().await;
    polled.calls.set_driver(None);
    polled
        .until("that the list is not had", |now| now.error.is_some())
        .await;
    let told = tokio::time::timeout(ROUNDS, polled.inventory.changed()).await;
    assert!(told.is_err(), "the same failure was told again");
    let driver = polled.driver.clone();
    polled.calls.set_driver(Some(driver));
    let now = polled
        .until("that it is had again", |now| now.error.is_none())
        .await;
    assert_eq!(now.changed, Some(Vec::new()), "no guest has changed");
}
