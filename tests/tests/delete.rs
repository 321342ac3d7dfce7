// SPDX-License-Identifier: GPL-3.0-or-later
//! `delete --storage --forget-key` never takes the only key to data that is still there.

use oriel_sandbox::guest::{Disk, Domain};
use oriel_sandbox::{Keyring, is_root};
use oriel_tests::skip;
use oriel_tests::world::World;

const DELETE: [&str; 5] = ["delete", "first", "--storage", "--forget-key", "--json"];

#[test]
fn a_key_that_another_guest_uses_or_that_no_keyring_can_forget_stays() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::Unlocked("word".into()), false);
    let pool = world.make_pool();
    world.run(&world.create_words("first", &[])).expect(0);
    let keys = world.keys();
    assert_eq!(keys.len(), 1, "{keys:?}");
    let image = world.image_in(&pool, "first").unwrap();

    // Without a keyring service nothing at all is done.
    let mut command = world.orielctl(&DELETE);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    let refused = oriel_tests::run::Running::start(&mut command, None).end();
    refused.expect(4).says("no keyring service");
    assert_eq!(world.guests(), ["first"]);
    assert!(image.exists());

    let mut second = Domain::new("second", &world.guest);
    second.disks.push(Disk {
        path: pool.join("second.qcow2"),
        format: "qcow2".into(),
        secret: Some(keys[0].clone()),
    });
    world.define(&second);
    let report = world.run(&DELETE).expect(1).json();
    assert_eq!(report["keys_in_use"][0], keys[0], "{report}");
    assert_eq!(report["keys_removed"].as_array().map(Vec::len), Some(0));
    assert!(!image.exists());
    assert_eq!(world.keys(), keys, "the key of the second guest is gone");
}
