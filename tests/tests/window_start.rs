// SPDX-License-Identifier: GPL-3.0-or-later
//! What the command line of the window does: a guest is started and shown, by the first start and
//! by one that hands over.

use oriel_sandbox::{Keyring, is_root, process};
use oriel_tests::desktop::{App, PATIENCE};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::World;

#[track_caller]
fn await_running(world: &World, name: &str) {
    let state = process::wait_for(name, PATIENCE, || match world.state(name) {
        now if now == "running" => Ok(()),
        now => Err(now),
    });
    assert!(state.is_ok(), "{name}: {state:?}");
}

/// Starts the program once more; it hands over and ends.
#[track_caller]
fn again(world: &World, args: &[&str]) {
    let program = oriel_tests::profile_folder().join("oriel");
    let mut command = world.session.command(program);
    Running::start(command.args(args), None).end().expect(0);
}

#[test]
fn launch_starts_a_guest_and_shows_it() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    for name in ["cellar", "attic"] {
        let secret = world.define_encrypted(name, "the right words");
        world.keep(&secret, "the right words");
    }
    let uri = world.daemon.uri();
    let app = App::start(&world.session, &["--connect", &uri, "--launch", "cellar"]);
    app.await_window("cellar – Oriel");
    await_running(&world, "cellar");
    world.assert_no_lease("after a launch from the command line");

    // A second start hands over, here without naming the connection.
    again(&world, &["--launch", "attic"]);
    app.await_window("attic – Oriel");
    await_running(&world, "attic");
    again(&world, &["--launch", "nobody"]);
    app.await_words("Could Not Start “nobody”");
    app.picture("window", "nobody.png");
    app.close();
}
