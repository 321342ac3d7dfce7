// SPDX-License-Identifier: GPL-3.0-or-later
//! Clean-up never takes what somebody uses, nor the only key to a disk that may be somewhere.
//!
//! Each case was reported as destroying a disk, its key or both while a job's volume was known by
//! its name alone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers")]

use std::path::{Path, PathBuf};

use oriel_sandbox::guest::{Disk, Domain};
use oriel_sandbox::{
    Keyring, Sshd, SshdOptions, SystemDaemon, SystemOptions, is_root, unique_name,
};
use oriel_tests::luks::make;
use oriel_tests::run::{Outcome, Running};
use oriel_tests::skip;
use oriel_tests::world::{World, uuid};

/// The exit code of a program that `kill -9` ended.
const KILLED: i32 = -9;

fn world() -> World {
    World::start(Keyring::Unlocked("word".into()), false)
}

/// Creates a guest and is killed at a point on the way.
#[track_caller]
fn killed(world: &World, point: &str, words: &[&str]) {
    let mut command = world.orielctl(words);
    command.env("ORIEL_FAULT", format!("kill@{point}"));
    Running::start(&mut command, None).end().expect(KILLED);
}

/// Cleans up, whatever comes of it.
fn clean_up(world: &World) -> Outcome {
    world.run(&["cleanup", "--json"])
}

/// Fails the test unless the disk is there and the keyring has the passphrase that opens it.
#[track_caller]
fn safe(world: &World, image: &Path, key: &str, when: &str) {
    assert!(image.is_file(), "the disk is gone {when}");
    let passphrase = world.key(key);
    assert!(passphrase.is_some(), "the key is gone {when}");
}

/// Defines a guest on an encrypted disk that is there, with as many plain ones beside it.
fn define_on(world: &World, name: &str, image: &Path, key: &str, beside: usize) {
    let mut domain = Domain::idle(name, &world.guest);
    domain.disks.push(Disk {
        path: image.to_owned(),
        format: "qcow2".into(),
        secret: Some(key.to_owned()),
    });
    for number in 0..beside {
        let path = image.with_file_name(format!("{name}-{number}.raw"));
        std::fs::write(&path, vec![0; 1 << 20]).unwrap();
        domain.disks.push(Disk {
            path,
            format: "raw".into(),
            secret: None,
        });
    }
    world.define(&domain);
}

#[test]
fn a_guest_that_was_defined_is_never_undone() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let mut world = world();
    let pool = world.make_pool();

    // Used, and forgotten by name only: “its disks and its passphrase stay”.
    let name = &unique_name("used");
    killed(&world, "domain", &world.create_words(name, &[]));
    let image = world.image_in(&pool, name).unwrap();
    let key = world.keys().remove(0);
    world.run(&["launch", name]).expect(0);
    world.run(&["force-off", name]).expect(0);
    world.run(&["undefine", name]).expect(0);
    // Its daemon has a new UUID after that, where it can't read the machine's.
    world.daemon.kill9().unwrap();
    world.daemon.restart().unwrap();
    let done = clean_up(&world);
    assert_eq!(done.expect(0).json()["jobs"][0]["outcome"], "finished");
    safe(&world, &image, &key, "after undefine and cleanup");

    // Killed in its start, and defined anew on the same disk under another UUID.
    let name = &unique_name("anew");
    killed(&world, "start", &world.create_words(name, &["--start"]));
    let image = world.image_in(&pool, name).unwrap();
    let key = world.keys().into_iter().find(|it| *it != key).unwrap();
    world.daemon.virsh(&["destroy", name]).unwrap();
    world.daemon.virsh(&["undefine", name]).unwrap();
    define_on(&world, name, &image, &key, 2);
    world.run(&["launch", name]).expect(0);
    let done = clean_up(&world);
    assert_eq!(done.expect(0).json()["jobs"][0]["outcome"], "finished");
    assert_eq!(world.state(name), "running");
    safe(
        &world,
        &image,
        &key,
        "after a second definition and cleanup",
    );
}

#[test]
fn a_second_creation_of_one_name_is_safe_from_the_cleanup_of_the_first() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = world();
    let pool = world.make_pool();
    for (point, tidied) in [("volume-begun", false), ("volume", true)] {
        let when = &format!("after kill@{point}");
        let name = &unique_name(point);
        killed(&world, point, &world.create_words(name, &[]));
        let first = world.keys();
        if tidied {
            std::fs::remove_file(world.image_in(&pool, name).unwrap()).unwrap();
        }
        // The clean-up of the first comes while the second is being made.
        let words = world.create_words(name, &["--start"]);
        let mut second = world.spawn(&words);
        second.await_words("Making the disk", 20);
        let meanwhile = clean_up(&world).json();
        let job = meanwhile["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .find(|job| job["outcome"] != "alive");
        assert_eq!(job.unwrap()["outcome"], "key-kept", "{meanwhile}");
        second.end().expect(0);
        clean_up(&world).expect(0);
        assert_eq!(world.state(name), "running", "{when}");
        let image = world.image_in(&pool, name).unwrap();
        let keys = world.keys();
        for key in &first {
            assert!(keys.contains(key), "the first one's key is gone {when}");
        }
        let key = keys.iter().find(|key| !first.contains(key)).unwrap();
        safe(&world, &image, key, when);
        world.run(&["force-off", name]).expect(0);
        world
            .run(&["delete", name, "--storage", "--forget-key"])
            .expect(0);
        world.forget(&first[0]);
    }
}

#[test]
fn a_disk_that_somebody_uses_stays_with_its_key() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = world();
    let pool = world.make_pool();
    let name = &unique_name("half");
    killed(&world, "volume", &world.create_words(name, &[]));
    let image = world.image_in(&pool, name).unwrap();
    let key = world.keys().remove(0);
    let refused = |why: &str| {
        let done = clean_up(&world);
        assert_eq!(done.code, 1, "{why}: {done:#?}");
        let error = done.json()["jobs"][0]["error"].to_string();
        assert!(error.contains(why), "{why}: {error}");
        safe(&world, &image, &key, why);
    };

    // Another guest that is off, by another spelling of the path.
    std::os::unix::fs::symlink(&pool, pool.with_file_name("alias")).unwrap();
    let alias = pool
        .with_file_name("alias")
        .join(image.file_name().unwrap());
    let other = &unique_name("other");
    define_on(&world, other, &alias, &key, 0);
    refused(other);
    world.daemon.virsh(&["undefine", other]).unwrap();

    // An overlay of a guest, outside of every pool.
    let overlay = world.daemon.dir().join("overlay.qcow2");
    make(&overlay, "8M", None, Some(&image));
    define_on(&world, other, &overlay, &key, 0);
    refused("as a base of");
    world.daemon.virsh(&["undefine", other]).unwrap();

    // An overlay that no guest has, and that libvirt has not seen yet.
    let late = pool.join("late.qcow2");
    make(&late, "8M", None, Some(&image));
    refused("as its base");
    std::fs::remove_file(&late).unwrap();

    // A process that has it open.
    let file = std::fs::File::open(&image).unwrap();
    refused("is used by the process");
    drop(file);

    // A pool that does not run may hold anything.
    let folder = world.daemon.dir().join("second");
    let target = folder.to_str().unwrap();
    let virsh = |args: &[&str]| world.daemon.virsh(args).unwrap();
    virsh(&["pool-define-as", "second", "dir", "--target", target]);
    refused("the storage pool “second”");
    virsh(&["pool-undefine", "second"]);

    // Nothing was said of the person's own wish: the journal goes, and all stays.
    let kept = world.run(&["cleanup", "--keep"]);
    assert!(kept.expect(0).out.contains(name), "{kept:#?}");
    safe(&world, &image, &key, "after --keep");
    let done = world.run(&["cleanup"]);
    assert_eq!(done.expect(0).out, "Nothing was left behind.\n");
}

#[test]
fn another_host_behind_the_same_address_proves_nothing() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let claimed = uuid();
    let options = |host_uuid: Option<String>| SystemOptions {
        host_uuid,
        ..SystemOptions::default()
    };
    let world = World::start_with(
        Keyring::Unlocked("word".into()),
        false,
        options(Some(claimed.clone())),
    );
    let pool = world.make_pool();
    let sshd = Sshd::start(&SshdOptions::default()).unwrap();
    let address = world.daemon.dir().join("address");
    let lead_to = |socket: PathBuf| {
        let _ = std::fs::remove_file(&address);
        std::os::unix::fs::symlink(socket, &address).unwrap();
    };
    lead_to(world.daemon.socket());
    let uri = sshd.uri("/system", &address);
    let name = &unique_name("swapped");
    let mut words = vec!["-c", &uri, "--allow-program"];
    words.extend(world.create_words(name, &[]));
    killed(&world, "volume", &words);
    let image = world.image_in(&pool, name).unwrap();
    let key = world.keys().remove(0);

    // Another host, one that says so and one that claims to be the first.
    for host_uuid in [uuid(), claimed] {
        let honest = SystemDaemon::start(&SystemOptions {
            probes: Some(oriel_tests::kept("probes")),
            ..options(Some(host_uuid.clone()))
        })
        .unwrap();
        lead_to(honest.socket());
        let done = clean_up(&world);
        let when = format!("with {host_uuid}: {done:#?}");
        assert_eq!(done.code, 1, "{when}");
        assert_eq!(done.json()["jobs"][0]["outcome"], "failed", "{when}");
        safe(&world, &image, &key, &when);
    }

    // The first one again: then it is undone.
    lead_to(world.daemon.socket());
    let done = clean_up(&world);
    assert_eq!(done.expect(0).json()["jobs"][0]["outcome"], "undone");
    assert!(!image.exists() && world.keys().is_empty());
}

#[test]
fn a_journal_from_before_hosts_were_noted_is_never_undone() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = world();
    let pool = world.make_pool();
    let name = &unique_name("old");
    killed(&world, "volume", &world.create_words(name, &[]));
    let image = world.image_in(&pool, name).unwrap();
    let key = world.keys().remove(0);
    let jobs = world.session.state().join("oriel/jobs");
    let file = std::fs::read_dir(jobs)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|it| it == "json"))
        .unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&text).unwrap();
    record.as_object_mut().unwrap().remove("host");
    std::fs::write(&file, record.to_string()).unwrap();
    world
        .run(&["cleanup"])
        .expect(1)
        .says("does not say on which host")
        .says("cleanup --keep");
    safe(&world, &image, &key, "after the cleanup of an old journal");
}
