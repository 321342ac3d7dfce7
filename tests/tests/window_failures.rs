// SPDX-License-Identifier: GPL-3.0-or-later
//! What goes wrong in front of a person: a clear message each, nothing left behind, and the window
//! goes on. The keyring's dialog is the real one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::time::Duration;

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Answer, Keyring, is_root, process, unique_name};
use oriel_tests::desktop::assistant::{self, Wish};
use oriel_tests::desktop::{App, PATIENCE};
use oriel_tests::skip;
use oriel_tests::world::World;

/// Where the pictures go.
const PICTURES: &str = "failures";
/// The keyring's password.
const PASSWORD: &str = "open sesame";

fn start(world: &World) -> App {
    App::start(&world.session, &["--connect", &world.daemon.uri()])
}

/// Answers the keyring's own dialog.
#[track_caller]
fn answer(world: &World, answer: Answer<'_>) {
    let shot = oriel_tests::output(PICTURES).join("dialog.png");
    let display = world.session.display().unwrap();
    display
        .answer(answer, Duration::from_secs(30), Some(&shot))
        .unwrap();
}

/// Fails the test if anything of a new guest is there. A keyring that is locked has told before
/// how many keys it holds.
#[track_caller]
fn assert_nothing(world: &World, others: &[&str], when: &str) {
    assert_eq!(world.guests(), others, "guests {when}");
    assert_eq!(world.volumes(), Vec::<String>::new(), "volumes {when}");
    assert_eq!(world.keys(), Vec::<String>::new(), "keys {when}");
    world.assert_no_lease(when);
}

/// Closes a message; the window behind it has a button of that name, too.
#[track_caller]
fn dismiss(app: &App) {
    app.press_button("Close");
    app.await_that("end of the message", |tree| tree.children.len() == 1);
}

#[track_caller]
fn await_state(world: &World, name: &str, state: &str) {
    process::wait_for(name, PATIENCE, || match world.state(name) {
        now if now == state => Ok(()),
        now => Err(now),
    })
    .unwrap();
}

/// Has the summary's guest made without a start, to the end.
#[track_caller]
fn make(app: &App, world: &World, name: &str) {
    app.press(&app.await_usable("switch", "Start After Creation"));
    app.press_button("Create");
    finish(app, world, name);
}

#[track_caller]
fn finish(app: &App, world: &World, name: &str) {
    assistant::await_end(app, &format!("“{name}” Was Created"));
    assert!(world.guests().contains(&name.to_owned()));
    assert_eq!(world.volumes().len(), 1, "one disk");
    world.assert_no_lease("after it was made");
    app.press_button("Close");
    app.await_gone("button", "Open");
}

#[test]
fn a_locked_keyring_a_cancelled_dialog_and_a_wrong_passphrase_are_told_and_mended() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked(PASSWORD.into()));
    world.make_pool();
    let attic = &unique_name("attic");
    world.define_encrypted(attic, "the right words");
    let mut app = start(&world);
    app.await_words("1 virtual machine");

    // A passphrase that does not open the disk; then the one that does.
    app.click_row(attic);
    app.await_window(&format!("{attic} – Oriel"));
    app.press_button("Start");
    app.await_words(&format!("Passphrase for “{attic}”"));
    app.input().type_text("wrong words");
    app.press_button("Start");
    app.await_words("The passphrase does not open an encrypted disk of");
    app.await_words("Try again with the right passphrase");
    app.picture(PICTURES, "wrong-passphrase.png");
    assert_eq!(world.state(attic), "shut off");
    assert_nothing(&world, &[attic], "after a wrong passphrase");
    dismiss(&app);
    app.press_button("Start");
    app.await_words(&format!("Passphrase for “{attic}”"));
    app.input().type_text("the right words");
    app.press_button("Start");
    await_state(&world, attic, "running");
    process::wait_for("the key", PATIENCE, || match world.keys().len() {
        1 => Ok(()),
        other => Err(other.to_string()),
    })
    .unwrap();
    world.daemon.virsh(&["destroy", attic]).unwrap();

    // Locked: its own dialog asks for a start. Cancelled, that is told.
    world.session.lock().unwrap();
    app.press_button("Start");
    answer(&world, Answer::Cancel);
    app.await_words("The keyring is still locked");
    app.picture(PICTURES, "locked-start.png");
    assert_eq!(world.state(attic), "shut off");
    world.assert_no_lease("after a cancelled dialog");
    dismiss(&app);

    // And for a creation; tried again in place, and answered.
    let name = &unique_name("new");
    assistant::fill(&app, &Wish::small(&world, name));
    app.press(&app.await_usable("switch", "Start After Creation"));
    app.press_button("Create");
    answer(&world, Answer::Cancel);
    app.await_words(&format!("Could Not Create “{name}”"));
    app.await_words("The keyring is still locked");
    app.await_words("Try again and type the keyring’s password");
    app.picture(PICTURES, "locked-create.png");
    assert_eq!(world.guests(), [attic.as_str()]);
    assert_eq!(world.volumes(), Vec::<String>::new());
    world.assert_no_lease("after a creation with a cancelled dialog");
    app.assert_quiet("after a cancelled dialog");
    app.press_button("Try Again");
    answer(&world, Answer::Password(PASSWORD));
    finish(&app, &world, name);
    assert_eq!(world.keys().len(), 2);
    app.press_button("Start");
    await_state(&world, attic, "running");
    app.close();
}

#[test]
fn what_is_not_there_or_there_already_is_told_on_its_page() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked(PASSWORD.into()));
    world.make_pool();
    let taken = &unique_name("taken");
    world.define(&Domain::new(taken, &world.guest));
    let mut app = start(&world);
    app.await_words("1 virtual machine");

    // An image that is not there.
    assistant::open(&app);
    assistant::enter(&app, "ISO Image File", "/nonexistent/debian 12.iso");
    app.press_button("Next");
    app.await_words("/nonexistent/debian 12.iso does not exist");
    app.await_words("Step 1 of 5");
    app.picture(PICTURES, "missing-iso.png");
    // It goes as soon as something is mended.
    assistant::enter(&app, "ISO Image File", "/tmp");
    app.await_that("end of the message", |tree| !tree.says("does not exist"));
    app.press_button("Next");
    app.await_words("it is a folder");
    let name = &unique_name("new");
    let wish = Wish::small(&world, name);
    assistant::source(&app, &wish);
    assistant::next(&app, 2);

    // A name that is taken, as it is typed.
    assistant::name(&app, taken);
    app.await_words(&format!(
        "There is already a virtual machine called “{taken}”"
    ));
    assert!(app.tree().find_usable("button", "Next").is_none());
    app.picture(PICTURES, "taken.png");
    assistant::name(&app, name);
    assistant::next(&app, 3);
    assistant::resources(&app, &wish);
    assistant::next(&app, 4);
    assistant::disk(&app, &wish);
    assistant::next(&app, 5);

    // And one that was taken meanwhile, when it is made: that is told, and led back to the name.
    world.define(&Domain::new(name, &world.guest));
    app.press_button("Create");
    assistant::await_end(&app, &format!("Could Not Create “{name}”"));
    app.await_words(&format!(
        "There is already a virtual machine called “{name}”"
    ));
    app.await_words("Nothing was left behind.");
    app.picture(PICTURES, "taken-meanwhile.png");
    assert_eq!(world.guests().len(), 2);
    assert_eq!(world.volumes(), Vec::<String>::new());
    assert_eq!(world.keys(), Vec::<String>::new());
    world.assert_no_lease("after a name that was taken");
    app.press_button("Try Again");
    app.await_words("Step 2 of 5");
    app.await_words("There is already a virtual machine called");
    let other = &unique_name("other");
    assistant::name(&app, other);
    for step in 3..=5 {
        assistant::next(&app, step);
    }
    make(&app, &world, other);
    app.assert_quiet("after all that");
    app.close();
}

#[test]
fn a_full_disk_and_a_daemon_that_dies_are_told_and_leave_nothing() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let mut world = World::desktop(Keyring::Unlocked(PASSWORD.into()));
    world.make_disks_slowly();
    let folder = world.make_pool();
    let name = unique_name("new");
    let mut app = start(&world);
    app.await_words("No Virtual Machines");

    world.cover(&folder);
    assistant::fill(&app, &Wish::small(&world, &name));
    app.press_button("Create");
    assistant::await_end(&app, &format!("Could Not Create “{name}”"));
    app.await_words("There is not enough free space.");
    app.await_words("Free some space");
    app.picture(PICTURES, "full-disk.png");
    assert_nothing(&world, &[], "after a full disk");
    // The page of the disk warns, too.
    app.press_button("Back");
    app.await_words("Step 4 of 5");
    app.await_words("are free in “pool”: the disk can’t become as large");
    app.picture(PICTURES, "small-pool.png");
    app.assert_quiet("after a full disk");
    world.uncover(&folder);

    // libvirtd dies while the disk is made, and comes back.
    assistant::next(&app, 5);
    app.press_button("Create");
    app.await_that("disk being made", |tree| {
        tree.find("list item", "Create the disk")
            .is_some_and(|row| row.says("Under way"))
    });
    // It ended with the daemon that held it.
    app.allow("a lease could not be ended");
    world.daemon.kill9().unwrap();
    world.daemon.restart().unwrap();
    assistant::await_end(&app, &format!("Could Not Create “{name}”"));
    app.await_words("The connection to");
    app.await_words("Check that the host and its libvirt daemon run");
    app.picture(PICTURES, "daemon-died.png");
    assert_nothing(&world, &[], "after the daemon's death");
    app.assert_quiet("after the daemon's death");
    app.press_button("Try Again");
    assistant::await_end(&app, &format!("“{name}” Is Running"));
    assert_eq!(world.state(&name), "running");
    app.press_button("Open");
    app.await_window(&format!("{name} – Oriel"));
    world.assert_no_lease("after it was made");
    app.close();
}
