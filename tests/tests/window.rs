// SPDX-License-Identifier: GPL-3.0-or-later
//! The window on a virtual display, with a real daemon, keyring and guests: it shows what is
//! there, follows what others do, launches through the keyring, and says nothing on standard
//! error. Its pictures are kept below the target folder.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: what can't be done fails the test"
)]

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, is_root, process};
use oriel_tests::desktop::{App, PATIENCE};
use oriel_tests::skip;
use oriel_tests::world::World;

/// Where the pictures go.
const PICTURES: &str = "window";

fn await_state(world: &World, name: &str, state: &str) {
    process::wait_for(name, PATIENCE, || match world.state(name) {
        now if now == state => Ok(()),
        now => Err(now),
    })
    .unwrap();
}

/// Chooses a guest in the list, and awaits its page.
fn open(app: &App, name: &str) {
    app.click_row(name);
    app.await_window(&format!("{name} – Oriel"));
}

/// How many sessions the keyring keeps for programs.
fn keyring_sessions(world: &World) -> usize {
    let mut command = world.session.command("gdbus");
    command.args([
        "introspect",
        "--session",
        "--dest",
        "org.freedesktop.secrets",
    ]);
    command.args(["--object-path", "/org/freedesktop/secrets/session"]);
    let told = process::run(&mut command).unwrap();
    told.matches("node s").count()
}

#[test]
fn the_window_shows_guests_follows_virsh_and_launches_through_the_keyring() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    let secret = world.define_encrypted("cellar", "the right words");
    world.keep(&secret, "the right words");
    let unkept = world.define_encrypted("attic", "words that nobody kept");
    let mut running = Domain::new("parlour", &world.guest);
    running.video = true;
    world.define(&running);
    world.daemon.virsh(&["start", "parlour"]).unwrap();

    let mut app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    app.await_words("3 virtual machines");
    app.await_words("Off · key in keyring");
    app.picture(PICTURES, "list.png");
    open(&app, "parlour");
    app.await_one("image", "Screen of “parlour”");
    app.picture(PICTURES, "running.png");
    app.assert_quiet("with a running guest");

    // The passphrase comes from the keyring; nobody is asked.
    let sessions = keyring_sessions(&world);
    open(&app, "cellar");
    app.await_words("In the keyring");
    app.picture(PICTURES, "off.png");
    app.press_button("Start");
    await_state(&world, "cellar", "running");
    app.await_words("Running · key in keyring");
    app.assert_quiet("after a launch");
    world.assert_no_lease("after a launch from the window");
    // However often the keyring was asked: each session stays there until the window leaves.
    let more = keyring_sessions(&world);
    assert_eq!(more, sessions, "sessions with the keyring");
    assert!(more > 0, "sessions are counted");

    // Others' doing shows: the page of a guest that is gone goes.
    world.daemon.virsh(&["destroy", "cellar"]).unwrap();
    world.daemon.virsh(&["undefine", "cellar"]).unwrap();
    app.await_window("Oriel");
    app.await_gone("list item", "cellar");
    world.daemon.virsh(&["destroy", "parlour"]).unwrap();
    app.await_words("Off · not encrypted");
    app.picture(PICTURES, "followed.png");
    app.assert_quiet("after what virsh did");

    // A key that nobody has is asked for, and kept once it has proved right.
    open(&app, "attic");
    app.press_button("Start");
    app.await_words("Passphrase for “attic”");
    app.picture(PICTURES, "question.png");
    app.assert_quiet("with a question");
    assert_eq!(world.state("attic"), "shut off");
    app.input().type_text("words that nobody kept");
    app.picture(PICTURES, "typed.png");
    app.press_button("Start");
    await_state(&world, "attic", "running");
    process::wait_for("the key in the keyring", PATIENCE, || {
        match world.key(&unkept).as_deref().map(str::trim) {
            Some("words that nobody kept") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .unwrap();
    app.await_words("Running · key in keyring");
    app.picture(PICTURES, "answered.png");
    world.assert_no_lease("after an answer");

    // What would lose work is asked about.
    app.choose("More", "Force Off…");
    app.await_words("Force Off “attic”?");
    app.press_button("Cancel");
    app.await_gone("button", "Cancel");
    assert_eq!(world.state("attic"), "running");
    app.choose("More", "Force Off…");
    app.press_button("Force Off");
    await_state(&world, "attic", "shut off");
    app.close();
}

#[test]
fn the_window_is_dark_where_the_desktop_is_and_folds_where_it_is_narrow() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    let secret = world.define_encrypted("cellar", "the right words");
    world.keep(&secret, "the right words");
    let words = ["--connect", &world.daemon.uri()];
    // Without animations libadwaita 1.2 folds in one step, and GTK complains of a box of no size.
    let settings = world.session.config().join("gtk-4.0");
    std::fs::create_dir_all(&settings).unwrap();
    std::fs::write(settings.join("settings.ini"), "[Settings]\n").unwrap();
    let app = App::start_with(&world.session, &words, |command| {
        command.env("ADW_DEBUG_COLOR_SCHEME", "prefer-dark");
    });
    open(&app, "cellar");
    app.await_words("In the keyring");
    app.picture(PICTURES, "dark.png");
    let window = app.input().run(&["getactivewindow"]);
    app.input()
        .run(&["windowsize", "--sync", window.trim(), "360", "640"]);
    // Folded, the page stays in front of the list, since it shows what is chosen; it leads back.
    app.await_gone("list item", "cellar");
    app.await_one("button", "Start");
    app.picture(PICTURES, "narrow.png");
    app.press_button("Back to List");
    app.await_one("list item", "cellar");
    app.picture(PICTURES, "narrow-list.png");
    app.close();
}
