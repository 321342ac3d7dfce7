// SPDX-License-Identifier: GPL-3.0-or-later
//! A passphrase goes to the host that it was stored for. Another one, which may name any secret's
//! UUID and any guest's name, gets it only once the person has said so.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers")]

use std::time::{Duration, Instant};

use oriel_sandbox::guest::{Disk, Domain};
use oriel_sandbox::{Keyring, Network, SystemDaemon, SystemOptions, is_root};
use oriel_tests::desktop::{App, PATIENCE};
use oriel_tests::skip;
use oriel_tests::world::{World, uuid};

const OURS: &str = "the right words";
const THEIRS: &str = "their own words";
const USAGE: &str = "vm-disk";

/// A second host's daemon, with a log of all that it is asked.
fn other_host() -> SystemDaemon {
    SystemDaemon::start(&SystemOptions {
        network: Network::Private,
        probes: Some(oriel_tests::kept("probes")),
        debug_log: true,
        ..SystemOptions::default()
    })
    .unwrap()
}

/// Defines a guest on a daemon whose disk opens with a passphrase, and whose document names the
/// secret by `reference`: "uuid='…'" or "usage='…'".
fn define(world: &World, daemon: &SystemDaemon, name: &str, reference: &str, passphrase: &str) {
    // Either daemon sees this folder, as the guest's files lie there as well.
    let image = world.daemon.dir().join(format!("{}.qcow2", uuid()));
    oriel_tests::luks::make_image(&image, "8M", passphrase);
    let mut domain = Domain::idle(name, &world.guest);
    domain.disks.push(Disk {
        path: image,
        format: "qcow2".into(),
        secret: Some("SECRET".into()),
    });
    let xml = domain.to_xml().replace("uuid='SECRET'", reference);
    let file = daemon.dir().join("define.xml");
    std::fs::write(&file, xml).unwrap();
    daemon.virsh(&["define", file.to_str().unwrap()]).unwrap();
}

fn state(daemon: &SystemDaemon, name: &str) -> String {
    daemon.virsh(&["domstate", name]).unwrap().trim().to_owned()
}

fn await_state(daemon: &SystemDaemon, name: &str, wanted: &str) {
    until(&format!("{name} {wanted}"), || {
        state(daemon, name) == wanted
    });
}

#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what} does not come");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// How often a host was given the value of a secret.
fn times_told(daemon: &SystemDaemon) -> usize {
    let log = std::fs::read_to_string(daemon.log()).unwrap();
    log.matches("virSecretSetValue:").count()
}

#[test]
fn another_host_that_names_a_secret_gets_no_passphrase_without_a_word() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::Unlocked("word".into()), false);
    let other = other_host();
    let (secret, old) = (uuid(), uuid());
    let by_uuid = |secret: &str| format!("uuid='{secret}'");
    define(&world, &world.daemon, "bank", &by_uuid(&secret), OURS);
    define(&world, &world.daemon, "attic", &by_uuid(&old), OURS);
    world.keep(&secret, OURS);
    // As an Oriel from before hosts were noted left it.
    world.keep_for(&old, OURS, "");
    // The other host names the same guest with the same secret.
    define(&world, &other, "bank", &by_uuid(&secret), OURS);
    let there = other.uri();
    let launch = |more: &[&str]| world.run(&[&["-c", &there, "launch", "bank"], more].concat());

    let key_there = || {
        let rows = world.run(&["-c", &there, "list", "--json"]).json();
        rows[0]["key"].as_str().unwrap().to_owned()
    };
    assert_eq!(key_there(), "other-host");
    launch(&[])
        .expect(4)
        .says("was not handed over. It was not stored for the host")
        .says("--hand-over");
    assert_eq!(state(&other, "bank"), "shut off");
    assert_eq!(times_told(&other), 0, "the other host was told");
    let secrets = other.virsh(&["secret-list"]).unwrap();
    assert!(!secrets.contains(&secret), "{secrets}");
    // At home it starts without a word.
    world.run(&["launch", "bank"]).expect(0);

    // The consent is given once, and says whom it is for and what from.
    launch(&["--hand-over"])
        .expect(0)
        .says("“bank” on this computer (qemu:///system?socket=")
        .says("It was stored for this computer (qemu:///system?socket=");
    assert!(times_told(&other) > 0);
    assert_eq!(key_there(), "stored");
    let off = ["-c", &there, "force-off", "bank"];
    world.run(&off).expect(0);
    launch(&[]).expect(0);
    world.run(&off).expect(0);

    // What two hosts may have is forgotten for neither.
    world.run(&["force-off", "bank"]).expect(0);
    world.make_pool();
    let deleted = world.run(&["delete", "bank", "--storage", "--forget-key"]);
    assert_eq!(deleted.code, 1, "{deleted:#?}");
    assert_eq!(world.key(&secret).as_deref(), Some(OURS));

    // An item from before asks once, at home as well.
    world
        .run(&["launch", "attic"])
        .expect(4)
        .says("--hand-over");
    world
        .run(&["launch", "attic", "--hand-over"])
        .expect(0)
        .says("a host that was not noted");
    world.run(&["force-off", "attic"]).expect(0);
    world.run(&["launch", "attic"]).expect(0);
    world.run(&["force-off", "attic"]).expect(0);
}

/// Types a passphrase into the question for it.
#[track_caller]
fn type_passphrase(app: &App, words: &str) {
    app.click(&app.await_usable("text box", "Passphrase"));
    app.input().type_text(words);
    std::thread::sleep(Duration::from_millis(300));
    app.press_button("Start");
}

/// Presses a button of the dialog that shows these words.
fn answer(app: &App, words: &str, button: &str) {
    app.await_words(words);
    app.press_button(button);
}

#[test]
fn the_window_names_both_hosts_and_return_hands_nothing_over() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    let other = other_host();
    let secret = uuid();
    let reference = format!("uuid='{secret}'");
    define(&world, &other, "bank", &reference, THEIRS);
    world.keep(&secret, OURS);
    let app = App::start_with(&world.session, &["--connect", &other.uri()], |command| {
        command.env("ADW_DEBUG_COLOR_SCHEME", "prefer-dark");
    });
    app.click_row("bank");
    app.await_window("bank – Oriel");
    app.await_words("Off · other host’s key");
    app.await_words("In the keyring, for another host (asked for at start)");
    app.picture("hosts", "kept-for-another.png");
    // Where it is narrow the buttons stand below each other, and the topmost has the focus.
    let window = app.input().run(&["getactivewindow"]);
    app.input()
        .run(&["windowsize", "--sync", window.trim(), "360", "640"]);
    app.press_button("Start");
    app.await_words("Hand Over the Passphrase of “bank”?");
    app.await_words("“bank” on this computer (qemu:///system?socket=");
    app.await_words("It was stored for this computer (qemu:///system?socket=");
    app.picture("hosts", "hand-over.png");
    app.input().keys(&["Return"]);
    app.await_gone("button", "Hand Over");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(state(&other, "bank"), "shut off");
    assert_eq!(times_told(&other), 0, "the other host was told");

    // Another one can be typed instead, and is kept for this host alone.
    app.press_button("Start");
    answer(&app, "Hand Over the Passphrase", "Type Another");
    app.await_words("The passphrase in the keyring is not handed over");
    type_passphrase(&app, THEIRS);
    await_state(&other, "bank", "running");
    until("both kept", || world.keys().len() == 2);
    other.virsh(&["destroy", "bank"]).unwrap();
    await_state(&other, "bank", "shut off");
    app.press_button("Start");
    await_state(&other, "bank", "running");
    app.close();
}

#[test]
fn one_usage_name_on_two_hosts_and_a_stored_passphrase_that_is_wrong_lead_to_questions() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    let other = other_host();
    let reference = format!("usage='{USAGE}'");
    define(&world, &world.daemon, "here", &reference, OURS);
    define(&world, &other, "there", &reference, THEIRS);
    let words = ["--connect", &world.daemon.uri(), "--connect", &other.uri()];
    let app = App::start(&world.session, &words);
    let each = [(&world.daemon, "here", OURS), (&other, "there", THEIRS)];
    for (daemon, name, passphrase) in each {
        app.click_row(name);
        app.await_window(&format!("{name} – Oriel"));
        app.press_button("Start");
        app.await_words("The keyring has no passphrase for disk vda on this computer");
        type_passphrase(&app, passphrase);
        await_state(daemon, name, "running");
    }
    until("both kept", || world.keys().len() == 2);
    // Each has its own now.
    for (daemon, name, _) in each {
        daemon.virsh(&["destroy", name]).unwrap();
        let uri = daemon.uri();
        world.run(&["-c", &uri, "launch", name]).expect(0);
        daemon.virsh(&["destroy", name]).unwrap();
    }

    // The keyring has a wrong one: the person is asked, and the former one is kept for them.
    define(&world, &world.daemon, "new", "usage='new-disk'", THEIRS);
    define(&world, &world.daemon, "old", "usage='new-disk'", OURS);
    let launch = ["launch", "old", "--passphrase-file", "-"];
    world.run_with(&launch, OURS.as_bytes()).expect(0);
    app.click_row("new");
    app.await_window("new – Oriel");
    app.press_button("Start");
    type_passphrase(&app, THEIRS);
    await_state(&world.daemon, "new", "running");
    until("kept", || world.keys().len() == 3);
    world.daemon.virsh(&["destroy", "new"]).unwrap();
    world.daemon.virsh(&["destroy", "old"]).unwrap();
    app.click_row("old");
    app.await_window("old – Oriel");
    app.press_button("Start");
    app.await_words("The passphrase in the keyring does not open disk vda on this computer");
    app.picture("hosts", "does-not-open.png");
    type_passphrase(&app, OURS);
    await_state(&world.daemon, "old", "running");
    let former = || {
        let mut command = world.session.command("secret-tool");
        command.args(["search", "--all", "--unlock", "application", "oriel"]);
        let output = command.output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    until("the former one marked", || {
        former().contains("attribute.former-secret-uuid = ")
    });
    let all = former();
    assert!(
        all.contains("label = Former: Disk of virtual machine “new”"),
        "{all}"
    );
    world.daemon.virsh(&["destroy", "old"]).unwrap();
    world.run(&["launch", "old"]).expect(0);
    app.close();
}
