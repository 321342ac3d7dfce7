// SPDX-License-Identifier: GPL-3.0-or-later
//! A guest starts only for somebody who can unlock the keyring: what happens when it is locked,
//! absent, new, wrong, or dies, with the service's real dialog on a real display.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers")]

use std::time::Duration;

use oriel_sandbox::{Answer, Keyring, Session, guest::Domain, is_root, process, unique_name};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::World;

const PASSWORD: &str = "open sesame";
const PASSPHRASE: &str = "пароль 密码 🔑 ß";

fn locked() -> Keyring {
    Keyring::Locked(PASSWORD.into())
}

fn unlocked() -> Keyring {
    Keyring::Unlocked(PASSWORD.into())
}

/// Answers the dialog that a command brings up, and awaits the command's end.
#[track_caller]
fn answered(session: &Session, command: Running, answer: Answer<'_>) -> oriel_tests::run::Outcome {
    let shot = oriel_tests::output("keyring").join("dialog.png");
    let display = session.display().unwrap();
    if let Err(error) = display.answer(answer, Duration::from_secs(30), Some(&shot)) {
        panic!("{error}; the command said: {}", command.err());
    }
    command.end()
}

/// The state of a guest's key, as `list --json` has it.
fn key_state(world: &World, name: &str) -> String {
    let list = world.run(&["list", "--json"]).expect(0).json();
    let rows = list.as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == name).unwrap();
    row["key"].as_str().unwrap().to_owned()
}

#[test]
fn a_locked_keyring_asks_by_its_own_dialog() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let mut world = World::start(unlocked(), true);
    world.make_pool();
    let name = &unique_name("кофе 咖啡 a'b");
    let secret = world.define_encrypted(name, PASSPHRASE);
    let (keyless, plain) = (unique_name("keyless"), unique_name("plain"));
    world.define_encrypted(&keyless, PASSPHRASE);
    world.define(&Domain::idle(&plain, &world.guest));
    world.keep(&secret, PASSPHRASE);

    assert_eq!(key_state(&world, name), "stored");
    world.session.lock().unwrap();
    assert_eq!(key_state(&world, name), "locked");
    assert_eq!(key_state(&world, &keyless), "missing");
    assert_eq!(key_state(&world, &plain), "none");
    let info = world.run(&["info", name, "--json"]).expect(0).json();
    assert_eq!(info["key"], "locked", "{info}");
    let display = world.session.display().unwrap();
    assert!(!display.prompting(), "looking brought up a dialog");
    // What needs no key needs no keyring.
    world.run(&["launch", &plain]).expect(0);
    world.run(&["force-off", &plain]).expect(0);

    // Cancelled: refused, and nothing has happened.
    let launch = world.spawn(&["launch", name]);
    answered(&world.session, launch, Answer::Cancel)
        .expect(4)
        .says("The keyring is still locked")
        .says("try again");
    assert_eq!(world.state(name), "shut off");
    world.assert_no_lease("after a cancelled dialog");
    let words = world.create_words("never", &["--start"]);
    answered(&world.session, world.spawn(&words), Answer::Cancel)
        .expect(4)
        .says("The keyring is still locked");
    assert!(!world.guests().contains(&"never".to_owned()));
    assert_eq!(world.volumes(), Vec::<String>::new());
    world.assert_no_lease("after a creation with a cancelled dialog");

    // Interrupted while it waits for the dialog: undone as well, at once.
    let create = world.spawn(&words);
    world.await_dialog();
    create.signal("INT");
    let create = create.end();
    create
        .expect(1)
        .within(20)
        .says("Canceled.\nNothing was left behind.\n");
    world.assert_no_lease("after an interrupted creation");
    answer_leftover(&world);
    let launch = world.spawn(&["launch", name]);
    world.await_dialog();
    launch.signal("INT");
    let launch = launch.end();
    launch
        .expect(1)
        .within(20)
        .says("Interrupted; “")
        .says("is shut off");
    answer_leftover(&world);

    // The service dies while it asks.
    let launch = world.spawn(&["launch", name]);
    world.await_dialog();
    world.session.end_keyring();
    launch
        .end()
        .expect(4)
        .says("The keyring ended while it was asking");
    assert_eq!(world.state(name), "shut off");
    world.assert_no_lease("after the keyring's death");

    // Answered.
    world.session.start_keyring(&locked()).unwrap();
    let launch = world.spawn(&["launch", name, "--json"]);
    let launched = answered(&world.session, launch, Answer::Password(PASSWORD));
    assert_eq!(launched.expect(0).json()["state"], "running");
    assert_eq!(world.state(name), "running");
    assert_eq!(key_state(&world, name), "stored");
    world.assert_no_lease("after an answered dialog");
    // It keeps running whatever becomes of the keyring.
    world.session.lock().unwrap();
    assert_eq!(world.state(name), "running");
    world.run(&["force-off", name]).expect(0);
}

#[test]
fn a_fresh_keyring_makes_a_collection_by_its_own_dialog() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::Fresh, true);
    world.make_pool();
    let name = &unique_name("first");
    let words = world.create_words(name, &["--json"]);
    answered(&world.session, world.spawn(&words), Answer::Cancel)
        .expect(4)
        .says("The keyring is still locked");
    assert_eq!(world.guests(), Vec::<String>::new());
    assert_eq!(world.volumes(), Vec::<String>::new());
    assert_eq!(world.keys(), Vec::<String>::new(), "a key in memory");
    world.assert_no_lease("after a cancelled dialog");

    let created = answered(
        &world.session,
        world.spawn(&words),
        Answer::NewPassword(PASSWORD),
    );
    let created = created.expect(0).json();
    assert_eq!(created["key_stored"], true, "{created}");
    let keys = world.keys();
    assert_eq!(keys.len(), 1, "one key for one guest");
    // On disk, and so there after the next login; not in `session`, which is memory.
    let files = world.session.data().join("keyrings");
    assert!(files.read_dir().unwrap().count() > 0, "no keyring's file");
    assert_eq!(key_state(&world, name), "stored");
    world.run(&["launch", name]).expect(0);
    world.run(&["force-off", name]).expect(0);
    let deleted = world.run(&["delete", name, "--storage", "--forget-key", "--json"]);
    assert_eq!(deleted.expect(0).json()["keys_removed"][0], keys[0]);
    assert_eq!(world.keys(), Vec::<String>::new(), "the key was to go");
    assert_eq!(world.volumes(), Vec::<String>::new());
}

#[test]
fn without_a_display_or_a_service_nothing_hangs() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let mut world = World::start(unlocked(), false);
    world.make_pool();
    let name = &unique_name("vm");
    let secret = world.define_encrypted(name, PASSPHRASE);
    world.keep(&secret, PASSPHRASE);
    world.session.lock().unwrap();

    // Locked, and no dialog can come: first with no program for it, then with one that finds
    // no display.
    for prompter in [false, true] {
        if prompter {
            install_prompter(&world.session);
        }
        world
            .run(&["launch", name])
            .expect(4)
            .within(15)
            .says("The keyring is still locked")
            .says("could not be shown");
        assert_eq!(world.state(name), "shut off");
        world
            .run(&world.create_words("never", &[]))
            .expect(4)
            .within(15);
        nothing_made(&world, "a keyring that could not ask");
    }

    // No service, and then no bus at all.
    world.session.end_keyring();
    assert_eq!(key_state(&world, name), "missing");
    for bus in [None, Some("unix:path=/nonexistent")] {
        let run = |args: &[&str]| {
            let mut command = world.orielctl(args);
            command.envs(bus.map(|bus| ("DBUS_SESSION_BUS_ADDRESS", bus)));
            Running::start(&mut command, None).end()
        };
        run(&["launch", name])
            .expect(4)
            .within(15)
            .says("there is no keyring in this session")
            .says("--passphrase-file");
        assert_eq!(world.state(name), "shut off");
        run(&world.create_words("never", &[]))
            .expect(4)
            .within(15)
            .says("There is no keyring in this session")
            .says("--passphrase-file");
        nothing_made(&world, "without a keyring");
    }
    let file = world.session.dir().join("passphrase");
    std::fs::write(&file, PASSPHRASE).unwrap();
    let file = file.to_str().unwrap();
    world
        .run(&["launch", name, "--passphrase-file", file])
        .expect(0);
    assert_eq!(world.state(name), "running");
    world.run(&["force-off", name]).expect(0);
    let own = &unique_name("own");
    let words = world.create_words(own, &["--json", "--passphrase-file", "-"]);
    let created = world.run_with(&words, PASSPHRASE.as_bytes());
    created.expect(0).says("not kept");
    assert_eq!(created.json()["key_stored"], false, "{created:#?}");
    world
        .run_with(
            &["launch", own, "--passphrase-file", "-"],
            PASSPHRASE.as_bytes(),
        )
        .expect(0);
    world.assert_no_lease("without a keyring");
}

#[test]
fn a_passphrase_is_any_text_and_a_wrong_one_is_told() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(unlocked(), false);
    let folder = world.make_pool();
    // End to end with names and a passphrase that are not ASCII.
    let name = &unique_name("虚拟机 Büro's");
    let words = world.create_words(name, &["--json", "--passphrase-file", "-"]);
    let created = world.run_with(&words, PASSPHRASE.as_bytes());
    let created = created.expect(0).json();
    assert_eq!(created["name"], name.as_str());
    assert_eq!(created["key_stored"], true, "{created}");
    let keys = world.keys();
    assert_eq!(
        world.key(&keys[0]).as_deref(),
        Some(PASSPHRASE),
        "the keyring's value"
    );
    let image = std::path::PathBuf::from(created["disk"].as_str().unwrap());
    assert!(image.starts_with(&folder) && world.opens(&image, PASSPHRASE));
    world.run(&["launch", name]).expect(0);
    assert_eq!(world.state(name), "running");
    world.run(&["force-off", name]).expect(0);

    // Wrong ones, quickly opened: given, and in the keyring.
    let wrong = &unique_name("wrong");
    let secret = world.define_encrypted(wrong, "right");
    let launch = |bytes: &[u8]| world.run_with(&["launch", wrong, "--passphrase-file", "-"], bytes);
    launch(b"Right")
        .expect(4)
        .says("The passphrase does not open an encrypted disk of");
    world.keep(&secret, "stale");
    world
        .run(&["launch", wrong])
        .expect(4)
        .says("The passphrase does not open");
    assert_eq!(world.state(wrong), "shut off");
    world.assert_no_lease("after wrong passphrases");

    // One line end is the file's, the rest is the passphrase's.
    for bytes in [&b"right"[..], b"right\n", b"right\r\n"] {
        launch(bytes).expect(0);
        world.run(&["force-off", wrong]).expect(0);
    }
    launch(b"right\n\n").expect(4);
    let long = vec![b'x'; 8193];
    for (bytes, why) in [
        (&b""[..], "The passphrase is empty"),
        (b"\n", "The passphrase is empty"),
        (b"\xff\xfe", "The passphrase is not text"),
        (&long, "The passphrase is too long"),
    ] {
        let refused = launch(bytes);
        refused.expect(1).says(why);
        let words = world.create_words("never", &["--passphrase-file", "-"]);
        world.run_with(&words, bytes).expect(1).says(why);
    }
    world
        .run(&["launch", wrong, "--passphrase-file", "/nonexistent/file"])
        .expect(1)
        .says("/nonexistent/file: there is no such file");
    assert_eq!(world.state(wrong), "shut off");
    assert!(!world.guests().contains(&"never".to_owned()));
    world.assert_no_lease("after files that hold no passphrase");
}

/// Takes away the dialog that an interrupted command left: GNOME's keyring keeps it, and ends
/// itself (42.1, a failed assertion) if it is told to dismiss it.
#[track_caller]
fn answer_leftover(world: &World) {
    let display = world.session.display().unwrap();
    display
        .answer(Answer::Cancel, Duration::from_secs(30), None)
        .unwrap();
    let alive = world.session.locked();
    assert_eq!(alive, Some(true), "the keyring did not survive");
}

/// Nothing of the guest "never" is there.
#[track_caller]
fn nothing_made(world: &World, why: &str) {
    assert!(
        !world.guests().contains(&"never".to_owned()),
        "a guest in spite of {why}"
    );
    assert_eq!(
        world.volumes(),
        Vec::<String>::new(),
        "a volume in spite of {why}"
    );
    world.assert_no_lease(why);
}

/// Lets the session's bus start the dialog's program, as on a desktop machine.
fn install_prompter(session: &Session) {
    for name in [
        "org.gnome.keyring.SystemPrompter",
        "org.gnome.keyring.PrivatePrompter",
    ] {
        let file = format!("{name}.service");
        let from = std::path::Path::new("/usr/share/dbus-1/services").join(&file);
        std::fs::copy(from, session.dir().join("services").join(&file)).unwrap();
    }
    let mut reload = session.command("dbus-send");
    reload.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus"]);
    reload.args(["/org/freedesktop/DBus", "org.freedesktop.DBus.ReloadConfig"]);
    process::run(&mut reload).unwrap();
}
