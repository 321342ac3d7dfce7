// SPDX-License-Identifier: GPL-3.0-or-later
//! Two at once: many launches share libvirt's secrets without a secret left over or one missing,
//! a launch that is killed is tidied up by the next, and other people's secrets are let be.

#![allow(clippy::unwrap_used, reason = "a test and its helpers")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use oriel_sandbox::guest::{Disk, Domain};
use oriel_sandbox::{Keyring, is_root, process, unique_name};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::{World, uuid};

/// How long twenty guests may take to start.
const ALL: Duration = Duration::from_mins(2);

fn world() -> World {
    World::start(Keyring::Unlocked("a test's own".into()), false)
}

/// A LUKS image that opens quickly.
fn image(world: &World, passphrase: &str) -> PathBuf {
    let image = world.daemon.dir().join(format!("{}.qcow2", uuid()));
    oriel_tests::luks::make_image(&image, "1M", passphrase);
    image
}

/// Defines a guest that has an encrypted disk and nothing to boot, and so soon idles.
/// `reference` is how the disk names its secret: `uuid='...'` or `usage='...'`.
fn define(world: &World, name: &str, image: &Path, reference: &str) {
    let mut domain = Domain::idle(name, &world.guest);
    domain.memory_mib = 32;
    domain.disks.push(Disk {
        path: image.to_owned(),
        format: "qcow2".into(),
        secret: Some("SECRET".into()),
    });
    let xml: String = domain
        .to_xml()
        .replace("uuid='SECRET'", reference)
        .lines()
        .filter(|line| {
            !["<kernel>", "<initrd>", "<cmdline>"]
                .iter()
                .any(|boot| line.contains(boot))
        })
        .collect();
    let file = world.daemon.dir().join("define.xml");
    std::fs::write(&file, xml).unwrap();
    world
        .daemon
        .virsh(&["define", file.to_str().unwrap()])
        .unwrap();
}

/// A guest with a new secret, whose passphrase is in the keyring.
fn guest(world: &World, name: &str, passphrase: &str) -> (String, String) {
    let (name, secret) = (unique_name(name), uuid());
    world.keep(&secret, passphrase);
    let reference = format!("uuid='{secret}'");
    define(world, &name, &image(world, passphrase), &reference);
    (name, secret)
}

/// Another guest on a secret that there is.
fn sibling(world: &World, name: &str, secret: &str, passphrase: &str) -> String {
    let name = unique_name(name);
    let reference = format!("uuid='{secret}'");
    define(world, &name, &image(world, passphrase), &reference);
    name
}

#[track_caller]
fn all_run_and_stop(world: &World, names: &[String], when: &str) {
    world.assert_no_lease(when);
    for name in names {
        assert_eq!(world.state(name), "running", "{name} {when}");
        world.daemon.virsh(&["destroy", name]).unwrap();
    }
}

#[test]
fn twenty_launches_at_once_leave_nothing() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = world();
    // Six share one secret, four another, and ten have one each.
    let mut names = Vec::new();
    for (shared, count) in [("passphrase of the six", 6), ("passphrase of the four", 4)] {
        let (first, secret) = guest(&world, "shared", shared);
        names.push(first);
        names.extend((1..count).map(|_| sibling(&world, "shared", &secret, shared)));
    }
    names.extend((0..10).map(|n| guest(&world, "own", &format!("own passphrase {n}")).0));
    assert_eq!(names.len(), 20);

    // A process for each.
    let launches: Vec<_> = names
        .iter()
        .map(|name| world.spawn(&["launch", name]))
        .collect();
    for launch in launches {
        launch.end_within(ALL).expect(0);
    }
    all_run_and_stop(&world, &names, "after twenty processes");

    // Two processes with ten each, both with guests of either shared secret.
    let halves = [0, 1].map(|half| {
        let mut command = world.session.command(env!("CARGO_BIN_EXE_launch-all"));
        command.arg(world.daemon.uri());
        command.args(names.iter().skip(half).step_by(2));
        Running::start(&mut command, None)
    });
    for half in halves {
        half.end_within(ALL).expect(0);
    }
    all_run_and_stop(&world, &names, "after two processes");

    // Some with a passphrase that does not fit, beside others with the same secret: each gets
    // the passphrase that is its own.
    let launches: Vec<_> = names[..6]
        .iter()
        .enumerate()
        .map(|(n, name)| match n {
            1 | 4 => {
                let words = ["launch", name, "--passphrase-file", "-"];
                let mut command = world.orielctl(&words);
                Running::start(&mut command, Some(b"not the passphrase of the six"))
            }
            _ => world.spawn(&["launch", name]),
        })
        .collect();
    for (n, launch) in launches.into_iter().enumerate() {
        let wrong = n == 1 || n == 4;
        launch.end_within(ALL).expect(if wrong { 4 } else { 0 });
    }
    world.assert_no_lease("after launches with a wrong passphrase among them");
}

#[test]
fn a_lease_ends_with_its_holder_and_not_before() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = world();
    let (name, secret) = guest(&world, "killed", "a passphrase");
    let other = sibling(&world, "other", &secret, "a passphrase");
    let dies_at = |point: &str, defined: bool| {
        let mut command = world.orielctl(&["launch", &name]);
        command.env("ORIEL_FAULT", format!("kill@{point}"));
        Running::start(&mut command, None).end().expect(-9);
        assert_eq!(
            world.secrets().len(),
            usize::from(defined),
            "killed at {point}"
        );
        assert_ne!(world.journals(), Vec::<String>::new(), "killed at {point}");
        let told = world.run(&["cleanup", "--list", "--json"]).expect(0).json();
        assert_eq!(told["leases"], 1, "killed at {point}: {told}");
    };

    // The next start ends the dead lease, whether of this guest or of another on the secret.
    for (point, defined) in [
        ("lease-journalled", false),
        ("lease-defined", true),
        ("leases-taken", true),
    ] {
        dies_at(point, defined);
        world.run(&["launch", &name]).expect(0);
        world.assert_no_lease(&format!("after the start that follows kill@{point}"));
        world.run(&["force-off", &name]).expect(0);
    }
    dies_at("leases-taken", true);
    world.run(&["launch", &other]).expect(0);
    world.assert_no_lease("after the start of another guest");
    world.run(&["force-off", &other]).expect(0);
    // So does any connection.
    dies_at("before-undefine", true);
    assert_eq!(world.state(&name), "running", "it was started before");
    world.run(&["list"]).expect(0);
    world.assert_no_lease("after the next connection");
    world.run(&["force-off", &name]).expect(0);
    // And so does the clean-up.
    dies_at("leases-taken", true);
    let told = world.run(&["cleanup", "--json"]).expect(0).json();
    assert_eq!(told["leases_ended"], 1, "{told}");
    world.assert_no_lease("after the clean-up");

    let host = world.daemon.uri();
    // The same daemon by another spelling of its URI.
    let also = host.replace("qemu:///", "qemu+unix:///");
    assert_ne!(host, also);
    a_living_lease_is_let_be(&world, [&name, &other], [&host, &host]);
    a_living_lease_is_let_be(&world, [&name, &other], [&host, &also]);
    a_living_lease_is_let_be(&world, [&name, &other], [&also, &host]);
    // One that died is ended from there as well.
    dies_at("leases-taken", true);
    world.run(&["-c", &also, "launch", &other]).expect(0);
    world.assert_no_lease("after a start by another URI");
    world.run(&["force-off", &other]).expect(0);
}

/// While one process holds the lease, another connects, and starts its guest with the same secret.
#[track_caller]
fn a_living_lease_is_let_be(world: &World, names: [&str; 2], uris: [&str; 2]) {
    let mut command = world.orielctl(&["-c", uris[0], "launch", names[0]]);
    command.env("ORIEL_FAULT", "stop@leases-taken");
    let holder = Running::start(&mut command, None);
    process::wait_for("the lease", Duration::from_secs(20), || {
        // The value is set after the secret is there; a stopped holder is past both.
        if stopped(&holder) && !world.secrets().is_empty() {
            Ok(())
        } else {
            Err(holder.err())
        }
    })
    .unwrap();
    world.run(&["-c", uris[1], "list"]).expect(0);
    assert_eq!(
        world.secrets().len(),
        1,
        "a connection ended a living lease"
    );
    world.run(&["-c", uris[1], "cleanup"]).expect(0);
    assert_eq!(world.secrets().len(), 1, "a clean-up ended a living lease");
    world.run(&["-c", uris[1], "launch", names[1]]).expect(0);
    assert_eq!(world.secrets().len(), 1, "a start ended a living lease");
    holder.signal("CONT");
    holder.end().expect(0);
    world.assert_no_lease("after the holder went on");
    for name in names {
        assert_eq!(world.state(name), "running");
        world.run(&["force-off", name]).expect(0);
    }
}

fn stopped(running: &Running) -> bool {
    std::fs::read_to_string(format!("/proc/{}/status", running.id()))
        .is_ok_and(|status| status.contains("State:\tT"))
}

/// Has virsh define a secret with a value.
fn virsh_secret(world: &World, attributes: &str, usage: &str, passphrase: &str) -> String {
    let secret = uuid();
    let file = world.daemon.dir().join("secret.xml");
    let xml = format!(
        "<secret {attributes}><uuid>{secret}</uuid><description>Not Oriel’s</description>\
         <usage type='volume'><volume>{usage}</volume></usage></secret>"
    );
    std::fs::write(&file, xml).unwrap();
    let virsh = |args: &[&str]| world.daemon.virsh(args).unwrap();
    virsh(&["secret-define", file.to_str().unwrap()]);
    std::fs::write(&file, passphrase).unwrap();
    let value = file.to_str().unwrap();
    virsh(&["secret-set-value", &secret, "--file", value, "--plain"]);
    std::fs::remove_file(&file).unwrap();
    secret
}

/// All that libvirt tells of a secret: its document and its value.
fn told(world: &World, secret: &str) -> [String; 2] {
    ["secret-dumpxml", "secret-get-value"].map(|word| world.daemon.virsh(&[word, secret]).unwrap())
}

#[test]
fn other_peoples_secrets_are_used_and_let_be() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = world();
    let passphrase = "libvirt's own passphrase";
    for (attributes, by_usage) in [
        ("ephemeral='no' private='no'", false),
        ("ephemeral='yes' private='no'", false),
        ("ephemeral='no' private='no'", true),
    ] {
        let what = format!("{attributes}, by usage: {by_usage}");
        let usage = format!("volumes/{}", uuid());
        let secret = virsh_secret(&world, attributes, &usage, passphrase);
        let before = told(&world, &secret);
        let name = unique_name("foreign");
        let reference = if by_usage {
            format!("usage='{usage}'")
        } else {
            format!("uuid='{secret}'")
        };
        define(&world, &name, &image(&world, passphrase), &reference);
        // What the keyring may have under the same UUID is not asked for.
        world.keep(&secret, "some other passphrase");
        world.run(&["launch", &name]).expect(0);
        assert_eq!(world.state(&name), "running", "{what}");
        assert_eq!(told(&world, &secret), before, "{what}");
        world.run(&["force-off", &name]).expect(0);
        // Nor is it touched by a start that fails, nor by one that is told a passphrase.
        let words = ["launch", &name, "--passphrase-file", "-"];
        world.run_with(&words, b"and yet another").expect(0);
        assert_eq!(told(&world, &secret), before, "{what}");
        world.run(&["cleanup"]).expect(0);
        assert_eq!(told(&world, &secret), before, "{what}");
        world.run(&["force-off", &name]).expect(0);
        assert_eq!(world.journals(), Vec::<String>::new(), "{what}");
        world.daemon.virsh(&["secret-undefine", &secret]).unwrap();
    }

    // A usage that libvirt knows no secret for: the lease goes by that usage.
    let name = unique_name("usage");
    let image = image(&world, passphrase);
    define(&world, &name, &image, "usage='nobody/knows/this'");
    world.run(&["launch", &name]).expect(4);
    let words = ["launch", &name, "--passphrase-file", "-"];
    world.run_with(&words, passphrase.as_bytes()).expect(0);
    assert_eq!(world.state(&name), "running");
    world.assert_no_lease("after a launch by usage");
}
