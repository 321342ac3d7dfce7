// SPDX-License-Identifier: GPL-3.0-or-later
//! What others do to guests shows in the window at once.
//!
//! Measured from the moment at which virsh has returned to the moment at which the window's news
//! of the change arrives on the accessibility bus. The test only listens, so that it adds nothing
//! to what it measures.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, is_root};
use oriel_tests::desktop::App;
use oriel_tests::desktop::events::Events;
use oriel_tests::skip;
use oriel_tests::world::World;

/// How often each thing is done.
const ROUNDS: usize = 7;

/// What the median must be below.
const SOON: Duration = Duration::from_millis(100);

/// Does something by virsh, and measures.
struct Watch<'a> {
    world: &'a World,
    app: &'a App,
    events: Events,
    took: BTreeMap<&'static str, Vec<Duration>>,
}

impl Watch<'_> {
    /// Runs virsh, and awaits that a text on the screen becomes one with these words.
    #[track_caller]
    fn virsh(&mut self, what: &'static str, args: &[&str], words: &str) {
        self.events.forget();
        self.world.daemon.virsh(args).unwrap();
        let returned = Instant::now();
        let shown = self.events.await_one(Duration::from_secs(10), |event| {
            event.signal == "PropertyChange" && event.text.contains(words)
        });
        let shown = shown.unwrap_or_else(|| {
            panic!(
                "{what} never showed as {words:?}: {}",
                self.app.tree().dump()
            )
        });
        self.note(what, returned, shown.at);
    }

    /// Runs virsh, and looks at the list until a text in it has these words: GTK 4.8 tells nobody
    /// when a row is made anew.
    #[track_caller]
    fn virsh_in_list(&mut self, what: &'static str, args: &[&str], words: &str) {
        let list = self.app.await_one("list", "Virtual machines").reference;
        self.world.daemon.virsh(args).unwrap();
        let returned = Instant::now();
        loop {
            let looked = self.app.look(&list);
            if looked.is_some_and(|list| list.all().iter().any(|one| one.name.contains(words))) {
                break;
            }
            assert!(
                returned.elapsed() < Duration::from_secs(10),
                "{what} never showed as {words:?}: {}",
                self.app.tree().dump()
            );
        }
        self.note(what, returned, Instant::now());
    }

    fn note(&mut self, what: &'static str, returned: Instant, shown: Instant) {
        // What shows before virsh is back took no time.
        let took = shown.saturating_duration_since(returned);
        self.took.entry(what).or_default().push(took);
    }
}

fn median(took: &[Duration]) -> Duration {
    let mut sorted = took.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

#[test]
fn what_virsh_does_shows_within_a_tenth_of_a_second() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    world.define(&Domain::idle("parlour", &world.guest));
    let second = world.daemon.dir().join("second.xml");
    std::fs::write(&second, Domain::idle("study", &world.guest).to_xml()).unwrap();
    let second = second.to_str().unwrap();

    let app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    app.await_one("list item", "parlour");
    let mut watch = Watch {
        world: &world,
        app: &app,
        events: Events::listen(app.bus(), app.owner()),
        took: BTreeMap::new(),
    };
    for _ in 0..ROUNDS {
        watch.virsh("start", &["start", "parlour"], "Running");
        watch.virsh("suspend", &["suspend", "parlour"], "Paused");
        watch.virsh("resume", &["resume", "parlour"], "Running");
        watch.virsh("destroy", &["destroy", "parlour"], "Off");
        // A new row is not told of word by word, but the number beside its connection is.
        watch.virsh("define", &["define", second], "2 virtual machines");
        watch.virsh_in_list("rename", &["domrename", "study", "library"], "library");
        watch.virsh("undefine", &["undefine", "library"], "1 virtual machine");
    }
    // The page of resources, which is the one that shows them.
    watch.virsh("start", &["start", "parlour"], "Running");
    app.click_row("parlour");
    app.await_window("parlour – Oriel");
    app.open_tab("Resources");
    app.await_words("Now: ");
    for round in 0..ROUNDS {
        let shares = 300 + round;
        let (set, words) = (format!("cpu_shares={shares}"), format!("Now: {shares} "));
        let args = ["schedinfo", "parlour", "--live", "--set", &set];
        watch.virsh("live schedinfo", &args, &words);
    }
    let took = watch.took;
    for (what, took) in &took {
        println!("{what}: median {:?} of {took:?}", median(took));
    }
    let all: Vec<_> = took.values().flatten().copied().collect();
    println!("all: median {:?}", median(&all));
    for (what, took) in &took {
        assert!(median(took) < SOON, "{what} showed after {took:?}");
    }
    app.close();
}
