// SPDX-License-Identifier: GPL-3.0-or-later
//! A creation that was killed is told by the window once its connection is there, and cleaned up.

use oriel_sandbox::{Keyring, is_root, process};
use oriel_tests::desktop::{App, PATIENCE, know};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::World;

/// The exit code of a program that `kill -9` ended.
const KILLED: i32 = -9;

/// A desktop on which a creation was killed when its disk was made, and the window that tells of it.
fn left() -> (World, App) {
    let world = World::desktop(Keyring::Unlocked("word".into()));
    world.make_pool();
    let mut command = world.orielctl(&world.create_words("half done", &[]));
    command.env("ORIEL_FAULT", "kill@volume");
    Running::start(&mut command, None).end().expect(KILLED);
    assert_eq!((world.keys().len(), world.volumes().len()), (1, 1));

    know(&world.session, &[(&world.daemon.uri(), false)]);
    let app = App::start(&world.session, &["--connect", "test:///default"]);
    // A second start hands over to the window that is there, and ends.
    let mut second = world
        .session
        .command(oriel_tests::profile_folder().join("oriel"));
    second.args(["--connect", &world.daemon.uri()]);
    Running::start(&mut second, None).end().expect(0);
    app.await_words("Unfinished Virtual Machine");
    app.await_words("half done");
    (world, app)
}

#[test]
fn what_a_killed_creation_left_is_told_and_cleaned_up() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let (world, app) = left();
    app.picture("window", "leftovers.png");
    app.press_button("Clean Up");
    let gone = process::wait_for("nothing left", PATIENCE, || {
        match (world.keys().len(), world.volumes().len()) {
            (0, 0) => Ok(()),
            left => Err(format!("{left:?}")),
        }
    });
    assert!(gone.is_ok(), "{gone:?}");
    app.close();
    let done = world.run(&["cleanup"]);
    assert_eq!(done.expect(0).out, "Nothing was left behind.\n");
}

#[test]
fn the_answer_that_a_return_gives_deletes_nothing() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let (world, app) = left();
    app.input().keys(&["Return"]);
    app.await_gone_words("Unfinished Virtual Machine");
    app.close();
    assert_eq!((world.keys().len(), world.volumes().len()), (1, 1));
    let listed = world.run(&["cleanup", "--list"]);
    assert!(listed.expect(0).out.contains("half done"), "{listed:#?}");
}
