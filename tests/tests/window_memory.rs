// SPDX-License-Identifier: GPL-3.0-or-later
//! The window's memory after a passphrase went through it.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::time::Duration;

use oriel_sandbox::{Keyring, is_root, process};
use oriel_tests::desktop::{App, PATIENCE};
use oriel_tests::memory::{self, assert_clean, assert_clean_of_shown};
use oriel_tests::needles::Needles;
use oriel_tests::skip;
use oriel_tests::world::{World, uuid};

fn await_state(world: &World, name: &str, state: &str) {
    process::wait_for(name, PATIENCE, || match world.state(name) {
        now if now == state => Ok(()),
        now => Err(now),
    })
    .unwrap();
}

/// Starts a guest whose passphrase nobody has, and types it; the dialog stays open.
fn type_passphrase(app: &App, guest: &str, words: &str) {
    app.click_row(guest);
    app.await_window(&format!("{guest} – Oriel"));
    app.press_button("Start");
    app.await_words(&format!("Passphrase for “{guest}”"));
    app.input().type_text(words);
    // Typed when the button can be used, and the last letter a moment later.
    app.await_usable("button", "Cancel");
    std::thread::sleep(Duration::from_millis(300));
}

#[test]
fn no_passphrase_is_left_in_the_windows_memory() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    // Random, so that nobody else's memory holds them by chance.
    let words = |name: &str| format!("{name}-{}", uuid());
    let typed = words("typed");
    let given_up = words("given-up");
    let looked_at = words("looked-at");
    let wrong = words("wrong");
    let kept = words("kept");
    let mut needles = Needles::default();
    for one in [&typed, &given_up, &looked_at, &wrong, &kept] {
        needles.add(one, one);
        needles.add_halves(one, one);
    }
    let secret = world.define_encrypted("cellar", &kept);
    world.keep(&secret, &kept);
    let attic = world.define_encrypted("attic", &typed);
    world.define_encrypted("tower", &looked_at);

    let mut app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    let id = app.process().id();
    type_passphrase(&app, "attic", &typed);
    // The search is able to find it: as long as it stands in the dialog it is there.
    let (found, total) = memory::search(id, &needles);
    assert!(!found.is_empty(), "nothing found in {total} bytes");
    app.press_button("Start");
    await_state(&world, "attic", "running");
    process::wait_for("the key in the keyring", PATIENCE, || {
        world.key(&attic).map(drop).ok_or_else(String::new)
    })
    .unwrap();
    app.await_words("Running · key in keyring");
    assert_clean(id, &needles, "after a launch with what was typed");

    app.click_row("cellar");
    app.await_window("cellar – Oriel");
    app.press_button("Start");
    await_state(&world, "cellar", "running");
    app.await_usable("button", "Shut Down");
    assert_clean(id, &needles, "after a launch from the keyring");

    type_passphrase(&app, "tower", &given_up);
    app.press_button("Cancel");
    app.await_gone("button", "Cancel");
    assert_clean(id, &needles, "after an answer that was given up");

    type_passphrase(&app, "tower", &wrong);
    app.press_button("Start");
    app.await_words("Could Not Start “tower”");
    app.input().keys(&["Escape"]);
    assert_clean(id, &needles, "after a wrong answer");

    type_passphrase(&app, "tower", &looked_at);
    // The eye beside the row.
    let eye = app.await_some("the button that shows the text", |tree| {
        let mut all = tree.all().into_iter();
        // As libadwaita 1.2 has it, and 1.7.
        all.find(|one| {
            one.role == "button" && (one.description == "Show Text" || one.name == "Show Password")
        })
        .cloned()
    });
    app.press(&eye);
    app.await_some("the text itself", |tree| {
        let mut all = tree.all().into_iter();
        all.find(|one| one.description == "Hide Text" || one.name == "Hide Password")
            .cloned()
    });
    app.picture("window", "looked-at.png");
    app.press_button("Start");
    await_state(&world, "tower", "running");
    app.await_usable("button", "Shut Down");
    let when = "after a launch with what was looked at";
    assert_clean_of_shown(&app, id, &needles, when, || {});
    app.close();
}
