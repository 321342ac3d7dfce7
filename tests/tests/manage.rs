// SPDX-License-Identifier: GPL-3.0-or-later
//! What is done with a guest beside letting it run: another name, starting with its host, saving.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test: what can't be done fails it"
)]

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, is_root};
use oriel_tests::skip;
use oriel_tests::world::World;

#[test]
fn a_guest_gets_another_name_only_while_it_is_off_and_the_name_is_free() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    world.define(&Domain::idle("attic", &world.guest));
    world.define(&Domain::idle("cellar", &world.guest));
    let rename = |from: &str, to: &str| world.run(&["rename", from, to]);
    rename("cellar", "attic").expect(1).says("already");
    rename("cellar", "a/b").expect(1).says("slash");
    rename("nobody", "x").expect(3);
    rename("cellar", "vault").expect(0);
    assert_eq!(world.state("vault"), "shut off");
    world.daemon.virsh(&["start", "vault"]).unwrap();
    rename("vault", "cellar").expect(1).says("running");
    assert_eq!(world.state("vault"), "running");
}

#[test]
fn an_encrypted_guest_is_saved_only_with_a_word_and_its_saved_state_opens_by_the_keyring() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::Unlocked("word".into()), false);
    let secret = world.define_encrypted("cellar", "the right words");
    world.keep(&secret, "the right words");
    world
        .run(&["autostart", "cellar"])
        .expect(1)
        .says("passphrase");
    world.run(&["save", "cellar"]).expect(1).says("shut off");
    world.run(&["launch", "cellar"]).expect(0);
    world
        .run(&["save", "cellar"])
        .expect(1)
        .says("not encrypted");
    assert_eq!(world.state("cellar"), "running");
    world.run(&["save", "cellar", "--in-the-clear"]).expect(0);
    assert_eq!(world.state("cellar"), "shut off");
    // The start that restores it takes the passphrase as any other does, and leaves no lease.
    world.run(&["launch", "cellar"]).expect(0);
    assert_eq!(world.state("cellar"), "running");
    world.assert_no_lease("after a restored start");
}

#[test]
fn a_guest_without_secrets_starts_with_its_host_if_wanted() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    world.define(&Domain::idle("attic", &world.guest));
    let enabled = || {
        let info = world.daemon.virsh(&["dominfo", "attic"]).unwrap();
        info.lines()
            .any(|line| line.starts_with("Autostart") && line.ends_with("enable"))
    };
    world.run(&["autostart", "attic"]).expect(0);
    assert!(enabled());
    world.run(&["autostart", "attic", "--off"]).expect(0);
    assert!(!enabled());
}

#[test]
fn an_installers_kernel_is_booted_once_and_then_the_disk() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::Unlocked("word".into()), false);
    world.make_pool();
    let mut once = world.create_words("fresh", &[]);
    once.retain(|word| *word != "--keep-kernel");
    world.run(&once).expect(0);
    let document = |more: &[&str]| {
        let words = [&["dumpxml", "fresh"], more].concat();
        world.daemon.virsh(&words).unwrap()
    };
    // Whoever else starts it boots the disk.
    assert!(!document(&[]).contains("<kernel>"), "{}", document(&[]));
    world.run(&["launch", "fresh"]).expect(0);
    // The installer's reboot ends this run; what is defined boots the disk.
    let (running, defined) = (document(&[]), document(&["--inactive"]));
    for part in ["<kernel>", "<on_reboot>destroy</on_reboot>"] {
        assert!(running.contains(part), "{part}: {running}");
    }
    for gone in ["<kernel>", "<initrd>", "<cmdline>"] {
        assert!(!defined.contains(gone), "{gone}: {defined}");
    }
    for part in [
        "<on_reboot>restart</on_reboot>",
        "<boot dev='hd'/>",
        "used='yes'",
    ] {
        let quotes = part.replace('\'', "\"");
        let has = defined.contains(part) || defined.contains(&quotes);
        assert!(has, "{part}: {defined}");
    }
    world.run(&["force-off", "fresh"]).expect(0);
    world.run(&["launch", "fresh"]).expect(0);
    assert!(!document(&[]).contains("<kernel>"), "{}", document(&[]));

    // One that is to keep its kernel does.
    world
        .run(&world.create_words("steady", &["--start"]))
        .expect(0);
    let words = ["dumpxml", "--inactive", "steady"];
    let steady = world.daemon.virsh(&words).unwrap();
    assert!(steady.contains("<kernel>"), "{steady}");
}
