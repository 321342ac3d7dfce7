// SPDX-License-Identifier: GPL-3.0-or-later
//! `KeePassXC` as the keyring, at its own defaults: it asks before a program reads an item for the
//! first time, before it deletes one, and for the password where a search meets a locked database.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test and its helpers"
)]

use std::process::Command;
use std::time::Duration;

use oriel_sandbox::{Keyring, is_root, process, unique_name};
use oriel_tests::desktop::{App, PATIENCE};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::World;

const PASSWORD: &str = "open sesame";
/// Its dialogs, by their titles.
const ACCESS: &str = "Access Request";
const DELETE: &str = "Delete entry?";
const UNLOCK: &str = "Unlock Database";

fn xdotool(world: &World, words: &[&str], input: &str) -> String {
    let mut command = world.session.command("xdotool");
    process::run_with_input(command.args(words), input.as_bytes()).unwrap_or_default()
}

/// The windows that are to be seen, but the keyring's own: number and title.
fn dialogs(world: &World) -> Vec<(String, String)> {
    let all = xdotool(world, &["search", "--onlyvisible", "--name", "."], "");
    let titled = all.lines().map(|id| {
        let title = xdotool(world, &["getwindowname", id], "");
        (id.to_owned(), title.trim().to_owned())
    });
    titled
        .filter(|(_, title)| [ACCESS, DELETE, UNLOCK].iter().any(|it| title.contains(it)))
        .collect()
}

/// Awaits a dialog, types into it, and presses keys.
#[track_caller]
fn answer(world: &World, title: &str, text: &str, keys: &str) {
    let (id, _) = process::wait_for(title, PATIENCE, || {
        let all = dialogs(world);
        let found = all.iter().find(|(_, it)| it.contains(title)).cloned();
        found.ok_or_else(|| format!("{all:?}"))
    })
    .unwrap();
    // It takes its first keys a moment after it shows.
    std::thread::sleep(Duration::from_millis(500));
    xdotool(world, &["windowactivate", "--sync", &id], "");
    xdotool(world, &["type", "--delay", "15", "--file", "-"], text);
    for key in keys.split(' ') {
        xdotool(world, &["key", key], "");
    }
    process::wait_for("the dialog to close", PATIENCE, || {
        let all = dialogs(world);
        let open = all.iter().any(|(other, _)| *other == id);
        if open {
            Err(format!("{all:?}"))
        } else {
            Ok(())
        }
    })
    .unwrap();
}

/// The same, of a program that must still be there to ask.
#[track_caller]
fn answer_to(asking: &mut Running, world: &World, title: &str, text: &str, keys: &str) {
    process::wait_for(title, PATIENCE, || match dialogs(world) {
        all if !all.is_empty() => Ok(()),
        _ if !asking.alive() => panic!("it has ended: {}", asking.err()),
        _ => Err(format!("no dialog: {}", asking.err())),
    })
    .unwrap();
    answer(world, title, text, keys);
}

#[track_caller]
fn assert_no_dialog(world: &World, when: &str) {
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(dialogs(world), [], "{when}");
}

/// The state of a guest's key, as `list --json` has it, which asks nothing and is there at once.
#[track_caller]
fn key_state(world: &World, name: &str) -> String {
    let list = world.run(&["list", "--json"]);
    let rows = list.expect(0).within(10).json();
    assert_no_dialog(world, "after a list");
    let rows = rows.as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == name).unwrap();
    row["key"].as_str().unwrap().to_owned()
}

/// What opening the window raises: nothing.
#[track_caller]
fn open_window(world: &World, words: &str) {
    let app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    app.await_words(words);
    assert_no_dialog(world, "with the window open");
    app.close();
}

#[test]
fn keepassxc_serves_at_its_defaults() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::KeePassXc(PASSWORD.into()));
    world.make_pool();
    let name = &unique_name("кофе a'b");
    // It asks nothing of who stores an item and reads it back.
    world.run(&world.create_words(name, &[])).expect(0);
    assert_no_dialog(&world, "after a creation");
    assert_eq!(key_state(&world, name), "stored");
    open_window(&world, "Off · key in keyring");

    let launch = world.spawn(&["launch", name]);
    answer(&world, ACCESS, "", "Escape");
    launch.end().expect(4).says("its dialog was canceled");
    assert_eq!(world.state(name), "shut off");
    let launch = world.spawn(&["launch", name]);
    answer(&world, ACCESS, "", "Return");
    launch.end().expect(0);
    assert_eq!(world.state(name), "running");
    world.assert_no_lease("after a launch");
    world.run(&["force-off", name]).expect(0);

    let delete = world.spawn(&["delete", name, "--storage", "--forget-key"]);
    answer(&world, ACCESS, "", "Return");
    answer(&world, DELETE, "", "Left space");
    delete.end().expect(0);
    assert_eq!(world.keys(), Vec::<String>::new());

    // A change of mind: it asks before it deletes, and a second wish to stop does not wait for
    // the answer.
    world.make_disks_slowly();
    let words = world.create_words("second", &[]);
    let mut create = world.spawn(&words);
    create.await_words("Making the disk", 30);
    create.signal("TERM");
    answer(&world, DELETE, "", "Left space");
    create.end().expect(1).says("Nothing was left behind.");
    assert_eq!(world.keys(), Vec::<String>::new());
    let mut create = world.spawn(&words);
    create.await_words("Making the disk", 30);
    create.signal("TERM");
    process::wait_for("the question", PATIENCE, || match dialogs(&world) {
        all if all.is_empty() => Err("no dialog".to_owned()),
        _ => Ok(()),
    })
    .unwrap();
    create.signal("TERM");
    create.end().expect(1).within(30).says("cleanup");
    answer(&world, DELETE, "", "Escape");
    assert_eq!(world.keys().len(), 1);
    let clean = world.spawn(&["cleanup"]);
    answer(&world, ACCESS, "", "Return");
    answer(&world, DELETE, "", "Left space");
    clean.end().expect(0);
    assert_eq!(world.keys(), Vec::<String>::new());
}

#[test]
fn a_wrong_passphrase_gives_way_to_the_right_one_in_keepassxc() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::KeePassXc(PASSWORD.into()));
    let secret = world.define_encrypted("cellar", "the right words");
    world.keep(&secret, "wrong ones");
    let mut app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    app.click_row("cellar");
    app.await_window("cellar – Oriel");
    app.press_button("Start");
    answer(&world, ACCESS, "", "Return");
    app.await_words("The passphrase in the keyring does not open disk vda");
    app.click(&app.await_usable("text box", "Passphrase"));
    app.input().type_text("the right words");
    std::thread::sleep(Duration::from_millis(300));
    app.press_button("Start");
    process::wait_for("the guest", PATIENCE, || match world.state("cellar") {
        state if state == "running" => Ok(()),
        other => Err(other),
    })
    .unwrap();
    // The right one is what is found from now on; the window has made it, and is not asked again.
    process::wait_for("the former one to give way", PATIENCE, || {
        match world.keys().iter().filter(|it| **it == secret).count() {
            1 if world.keys().len() == 2 => Ok(()),
            count => Err(format!("{count}: {:?}", world.keys())),
        }
    })
    .unwrap();
    app.assert_quiet("after it gave way");
    world.daemon.virsh(&["destroy", "cellar"]).unwrap();
    app.await_words("Off · key in keyring");
    app.press_button("Start");
    process::wait_for("the guest again", PATIENCE, || {
        match world.state("cellar") {
            state if state == "running" => Ok(()),
            other => Err(other),
        }
    })
    .unwrap();
    app.close();
}

/// Whether the dialog can't open the database. Since 2.7.10 each place to type the password waits for
/// USB keys on a thread of a pool that has as many as there are processors, and the database is opened
/// on another thread of it: the main window and the dialog take two.
fn dialog_hangs() -> bool {
    let version = Command::new("keepassxc-cli")
        .arg("--version")
        .output()
        .unwrap();
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let number = version.trim().rsplit(' ').next().unwrap_or_default();
    let parts: Vec<u32> = number
        .split('.')
        .filter_map(|one| one.parse().ok())
        .collect();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    parts >= vec![2, 7, 10] && processors <= 2
}

#[test]
fn a_locked_keepassxc_is_told_and_asks_where_it_must() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::KeePassXcLocked(PASSWORD.into()));
    world.make_pool();
    world.define_encrypted("cellar", "the right words");
    assert_eq!(key_state(&world, "cellar"), "locked");
    open_window(&world, "Off · keyring locked");

    let words = world.create_words("new", &[]);
    let mut create = world.spawn(&words);
    answer_to(&mut create, &world, UNLOCK, "", "Escape");
    create.end().expect(4).says("its dialog was canceled");
    assert_eq!(world.guests(), ["cellar"]);
    let create = world.spawn(&words);
    process::wait_for("the question", PATIENCE, || match dialogs(&world) {
        all if all.is_empty() => Err("no dialog".to_owned()),
        _ => Ok(()),
    })
    .unwrap();
    create.signal("TERM");
    create
        .end()
        .expect(1)
        .within(20)
        .says("Nothing was left behind.");
    // The dialog of 2.7.10 goes with the program that asked, that of 2.7.4 stays.
    let gone = process::wait_for("no dialog", Duration::from_secs(3), || {
        match dialogs(&world) {
            all if all.is_empty() => Ok(()),
            all => Err(format!("{all:?}")),
        }
    });
    if gone.is_err() {
        answer(&world, UNLOCK, "", "Escape");
    }

    if dialog_hangs() {
        println!("the dialog of this KeePassXC hangs on two processors");
        return;
    }
    let mut create = world.spawn(&words);
    answer_to(&mut create, &world, UNLOCK, PASSWORD, "Return");
    create.end().expect(0);
    assert_eq!(key_state(&world, "new"), "stored");
    assert_eq!(key_state(&world, "cellar"), "missing");
}
