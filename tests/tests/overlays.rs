// SPDX-License-Identifier: GPL-3.0-or-later
//! An external snapshot of virsh's puts an overlay over an encrypted disk that is not encrypted
//! itself: what the guest writes from then on is in the clear, and Oriel says so.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers")]

use oriel_sandbox::{Keyring, is_root};
use oriel_tests::desktop::App;
use oriel_tests::skip;
use oriel_tests::world::World;

/// How much of the guest is encrypted, as `list --json` has it.
fn encrypted(world: &World) -> String {
    let list = world.run(&["list", "--json"]).expect(0).json();
    list[0]["encrypted"].as_str().unwrap().to_owned()
}

#[test]
fn an_overlay_in_the_clear_over_an_encrypted_disk_is_told() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    let secret = world.define_encrypted("cellar", "the right words");
    world.keep(&secret, "the right words");
    world.run(&["launch", "cellar"]).expect(0);
    assert_eq!(encrypted(&world), "all");
    let snapshot = ["snapshot-create-as", "cellar", "s1", "--disk-only"];
    world.daemon.virsh(&snapshot).unwrap();
    assert_eq!(encrypted(&world), "exposed");

    // It stays so, running or not, and is said on the row and on the page.
    world.run(&["force-off", "cellar"]).expect(0);
    assert_eq!(encrypted(&world), "exposed");
    let info = world.run(&["info", "cellar"]);
    let hint = "virsh blockcommit --active --pivot cellar vda";
    assert!(
        info.expect(0)
            .out
            .contains("new data is stored in the clear")
    );
    assert!(info.out.contains(hint), "{info:#?}");
    let app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    app.await_words("Off · data exposed");
    app.click_row("cellar");
    app.await_window("cellar – Oriel");
    app.await_words("Not what it writes now");
    app.await_words(hint);
    app.picture("overlays", "exposed.png");

    // What it says to do helps.
    world.run(&["launch", "cellar"]).expect(0);
    let words: Vec<&str> = hint.split(' ').skip(1).collect();
    world
        .daemon
        .virsh(&[&words[..], &["--wait"]].concat())
        .unwrap();
    assert_eq!(encrypted(&world), "all");
    app.await_words("Running · key in keyring");
    app.close();
}
