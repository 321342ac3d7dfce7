// SPDX-License-Identifier: GPL-3.0-or-later
//! A creation that is killed, cancelled or fails anywhere: nothing is lost, `cleanup` finishes it
//! or leaves nothing, and the key of a volume that exists is never removed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers")]

use std::time::Duration;

use oriel_sandbox::{Answer, Keyring, is_root, process, unique_name};
use oriel_tests::run::{Outcome, Running};
use oriel_tests::skip;
use oriel_tests::world::World;

const PASSWORD: &str = "open sesame";

/// The exit code of a program that `kill -9` ended.
const KILLED: i32 = -9;

fn unlocked() -> Keyring {
    Keyring::Unlocked(PASSWORD.into())
}

/// Creates a guest with a fault on the way.
#[track_caller]
fn faulty(world: &World, fault: &str, words: &[&str]) -> Outcome {
    let mut command = world.orielctl(words);
    command.env("ORIEL_FAULT", fault);
    Running::start(&mut command, None).end()
}

/// Fails the test unless nothing of that guest is anywhere.
#[track_caller]
fn nothing_left(world: &World, name: &str, when: &str) {
    assert!(
        !world.guests().contains(&name.to_owned()),
        "a guest left {when}"
    );
    let volumes = world.volumes();
    assert!(
        !volumes.iter().any(|volume| volume.contains(name)),
        "a volume left {when}: {volumes:?}"
    );
    assert_eq!(world.keys(), Vec::<String>::new(), "a key left {when}");
    world.assert_no_lease(when);
}

/// Cleans up, and gives the outcome that is told for that guest.
#[track_caller]
fn clean_up(world: &World, name: &str, when: &str) -> Option<String> {
    let done = world.run(&["cleanup", "--json"]);
    assert_eq!(done.code, 0, "cleanup {when}: {done:#?}");
    let jobs = done.json();
    let jobs = jobs["jobs"].as_array().unwrap();
    let job = jobs.iter().find(|job| job["domain"] == name)?;
    Some(job["outcome"].as_str().unwrap().to_owned())
}

#[test]
fn a_creation_killed_at_any_step_is_finished_or_undone() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(unlocked(), false);
    world.make_pool();
    // What is left after the kill: a domain means that it is complete.
    for (point, key, volume, domain) in [
        ("journal", false, false, false),
        ("key-begun", false, false, false),
        ("key", true, false, false),
        ("lease-journalled", true, false, false),
        ("lease-defined", true, false, false),
        ("volume-begun", true, false, false),
        ("volume", true, true, false),
        ("domain", true, true, true),
        ("start-begun", true, true, true),
        ("start", true, true, true),
        ("finished", true, true, true),
    ] {
        let name = &unique_name(point);
        // A start takes seconds: only where it is what was killed.
        let starts = point.starts_with("start");
        let start: &[&str] = if starts { &["--start"] } else { &[] };
        let words = world.create_words(name, start);
        let when = &format!("after kill@{point}");
        faulty(&world, &format!("kill@{point}"), &words).expect(KILLED);
        assert_eq!(world.keys().len(), usize::from(key), "keys {when}");
        let volumes = world.volumes();
        assert_eq!(volumes.len(), usize::from(volume), "volumes {when}");
        assert_eq!(world.guests().contains(name), domain, "guest {when}");
        list_tells(&world, name, when);

        let outcome = clean_up(&world, name, when);
        world.assert_no_lease(when);
        if point == "volume-begun" {
            // No disk was found, which proves nothing: it may have been moved.
            assert_eq!(outcome.as_deref(), Some("key-kept"), "{when}");
            world.forget(&world.keys()[0]);
            nothing_left(&world, name, when);
            continue;
        }
        if !domain {
            assert_eq!(outcome.as_deref(), Some("undone"), "{when}");
            nothing_left(&world, name, when);
            continue;
        }
        assert_eq!(outcome.as_deref(), Some("finished"), "{when}");
        assert_eq!(world.keys().len(), 1, "the key {when}");
        // It is whole: what runs stays running, what does not can be launched.
        let running = world.state(name) == "running";
        assert_eq!(running, point == "start", "its state {when}");
        if point == "domain" {
            interrupted_launch(&world, name);
        }
        if !["finished", "start-begun"].contains(&point) {
            world.run(&["force-off", name]).expect(0);
        }
        world
            .run(&["delete", name, "--storage", "--forget-key"])
            .expect(0);
        nothing_left(&world, name, "after its deletion");
    }
    let done = world.run(&["cleanup"]);
    assert_eq!(done.expect(0).out, "Nothing was left behind.\n");
}

#[test]
fn what_may_have_been_defined_keeps_its_disk_and_its_key() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(unlocked(), false);
    world.make_pool();
    let words = world.create_words("maybe", &[]);
    faulty(&world, "kill@domain-begun", &words).expect(KILLED);
    // Killed before the call: the journal can't tell that from killed after it.
    let done = world.run(&["cleanup"]);
    assert_ne!(done.code, 0, "{done:#?}");
    assert!(done.err.contains("maybe"), "{done:#?}");
    assert_eq!(world.keys().len(), 1);
    assert_eq!(world.volumes().len(), 1);
    list_tells(&world, "maybe", "after a clean-up that refused");
}

/// Interrupts a start while libvirt holds the passphrase: it comes through, and the passphrase is
/// taken back before the program ends.
#[track_caller]
fn interrupted_launch(world: &World, name: &str) {
    let launch = world.spawn(&["launch", name]);
    process::wait_for("the lease", Duration::from_secs(20), || {
        match world.secrets().len() {
            0 => Err("none".into()),
            _ => Ok(()),
        }
    })
    .unwrap();
    launch.signal("INT");
    launch.end().expect(1).says("Interrupted; “");
    world.assert_no_lease("after an interrupted start");
    assert_eq!(world.state(name), "running");
}

/// `cleanup --list`, for people and as JSON, names the guest and touches nothing.
#[track_caller]
fn list_tells(world: &World, name: &str, when: &str) {
    let before = (world.keys(), world.volumes(), world.journals());
    let listed = world.run(&["cleanup", "--list"]);
    assert!(
        listed.expect(0).out.contains(&format!("“{name}”")),
        "{when}: {listed:#?}"
    );
    let listed = world.run(&["cleanup", "--list", "--json"]).expect(0).json();
    assert_eq!(listed["jobs"][0]["domain"], name, "{when}");
    let after = (world.keys(), world.volumes(), world.journals());
    assert_eq!(before, after, "listing changed something {when}");
}

#[test]
fn a_creation_killed_or_cancelled_in_the_midst_of_the_volume_is_undone() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(unlocked(), false);
    let folder = world.make_pool();
    // libvirtd goes on with the volume while its client is dead.
    for delay in [400, 1500] {
        let name = &unique_name("async");
        let when = &format!("after a kill {delay} ms into the making of the volume");
        let words = world.create_words(name, &[]);
        let mut create = world.spawn(&words);
        create.await_words("Making the disk", 20);
        std::thread::sleep(Duration::from_millis(delay));
        create.signal("KILL");
        create.end().expect(KILLED);
        // The one loss that can't be mended would be a volume without its key.
        let begun = world.image_in(&folder, name).is_some();
        if begun {
            assert_eq!(world.keys().len(), 1, "a volume without its key {when}");
        }
        let outcome = clean_up(&world, name, when);
        if outcome.as_deref() == Some("key-kept") {
            assert!(!begun, "a volume was not found {when}");
            world.forget(&world.keys()[0]);
        } else {
            assert_eq!(outcome.as_deref(), Some("undone"), "{when}");
        }
        nothing_left(&world, name, when);
    }

    // Two at once clean up the same: one does, the other says that it is busy.
    let name = &unique_name("twice");
    faulty(&world, "kill@key", &world.create_words(name, &[])).expect(KILLED);
    let (one, other) = (
        world.spawn(&["cleanup", "--json"]),
        world.spawn(&["cleanup", "--json"]),
    );
    one.end().expect(0);
    other.end().expect(0);
    nothing_left(&world, name, "after two clean-ups at once");

    // Ctrl+C.
    let name = &unique_name("interrupted");
    let words = world.create_words(name, &["--start"]);
    let mut create = world.spawn(&words);
    create.await_words("Making the disk", 20);
    create.signal("INT");
    create
        .end()
        .expect(1)
        .says("Canceled.\nNothing was left behind.\n");
    nothing_left(&world, name, "after Ctrl+C");
}

#[test]
fn a_key_outlives_whatever_can_not_be_looked_into() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let mut world = World::start(unlocked(), true);
    let folder = world.make_pool();
    let name = &unique_name("kept");
    let words = world.create_words(name, &[]);
    faulty(&world, "kill@volume", &words).expect(KILLED);
    let keys = world.keys();
    assert_eq!(keys.len(), 1);
    let passphrase = world.key(&keys[0]).unwrap();
    let image = world.image_in(&folder, name).unwrap();
    let untouched = |world: &World, when: &str| {
        assert!(image.is_file(), "the volume is gone {when}");
        assert_eq!(world.keys(), keys, "the key is gone {when}");
        let journals = world.journals();
        assert!(
            journals.iter().any(|file| file.contains(".json")),
            "the journal is gone {when}: {journals:?}"
        );
    };

    // A stopped pool looks as if the volume were gone.
    world.daemon.virsh(&["pool-destroy", "pool"]).unwrap();
    world
        .run(&["cleanup"])
        .expect(1)
        .says(name)
        .says("The storage pool “pool” is not running")
        .says("pool-start pool");
    untouched(&world, "with a stopped pool");
    let told = world.run(&["cleanup", "--json"]).expect(1).json();
    let job = &told["jobs"][0];
    assert_eq!(job["outcome"], "failed", "{told}");
    assert!(
        job["error"].as_str().unwrap().contains("not running"),
        "{told}"
    );

    // Nor does a forgotten pool prove anything.
    let pool = world.daemon.virsh(&["pool-dumpxml", "pool"]).unwrap();
    world.daemon.virsh(&["pool-undefine", "pool"]).unwrap();
    world.run(&["cleanup"]).expect(1).says("“pool”");
    untouched(&world, "with an undefined pool");
    let file = world.daemon.dir().join("pool.xml");
    std::fs::write(&file, pool).unwrap();
    world
        .daemon
        .virsh(&["pool-define", file.to_str().unwrap()])
        .unwrap();

    // Nor a host that does not answer.
    world.daemon.kill9().unwrap();
    world
        .run(&["cleanup"])
        .expect(1)
        .says("Could not connect to")
        .says(name);
    let told = world.run(&["cleanup", "--json"]).expect(1).json();
    assert_eq!(told["jobs"][0]["outcome"], "failed", "{told}");
    untouched(&world, "with an unreachable host");
    world.daemon.restart().unwrap();
    // A daemon that starts takes a folder's pool for running.

    // The keyring is locked: the volume goes, the key stays until it can be removed, and the
    // journal with it.
    world.session.lock().unwrap();
    let cleanup = world.spawn(&["cleanup"]);
    let display = world.session.display().unwrap();
    display
        .answer(Answer::Cancel, Duration::from_secs(30), None)
        .unwrap();
    cleanup.end().expect(1).says("The keyring is still locked");
    assert!(!image.exists(), "the volume was to go first");
    world.session.unlock(PASSWORD).unwrap();
    assert_eq!(world.keys(), keys, "the key is gone although it was locked");
    assert_eq!(world.key(&keys[0]).unwrap(), passphrase);
    let outcome = clean_up(&world, name, "once all is there again");
    assert_eq!(outcome.as_deref(), Some("undone"));
    nothing_left(&world, name, "once all is there again");

    // Locked in the middle of a creation that then fails: what can't be undone is told.
    let name = &unique_name("locked");
    let words = world.create_words(name, &[]);
    let mut command = world.orielctl(&words);
    command.env("ORIEL_FAULT", "fail@domain");
    let mut create = Running::start(&mut command, None);
    create.await_words("Making the disk", 20);
    world.session.lock().unwrap();
    display
        .answer(Answer::Cancel, Duration::from_secs(30), None)
        .unwrap();
    create
        .end()
        .expect(1)
        .says("Undoing what was begun failed, too. The keyring is still locked")
        .says("orielctl cleanup");
    world.session.unlock(PASSWORD).unwrap();
    let outcome = clean_up(&world, name, "after a failed undoing");
    assert_eq!(outcome.as_deref(), Some("undone"));
    nothing_left(&world, name, "after a failed undoing");
}

#[test]
fn a_creation_that_fails_says_why_and_leaves_nothing() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let mut world = World::start(unlocked(), false);
    let folder = world.make_pool();

    // Before anything is made: a name that is taken, files that are not there.
    let name = &unique_name("taken");
    world.define_encrypted(name, "x");
    world
        .run(&world.create_words(name, &[]))
        .expect(1)
        .says("There is already a virtual machine called");
    assert_eq!(world.volumes(), Vec::<String>::new());
    let never = &unique_name("never");
    world
        .run(&["create", never, "--cdrom", "/nonexistent/debian 12.iso"])
        .expect(1)
        .says("The ISO image /nonexistent/debian 12.iso does not exist");
    nothing_left(&world, never, "after a missing ISO image");
    world
        .run(&["create", never, "--cdrom", "/tmp"])
        .expect(1)
        .says("it is a folder");
    let words = world.create_words(never, &["--pool", "other"]);
    let words = drop_first_pool(&words);
    world
        .run(&words)
        .expect(3)
        .says("There is no storage pool called “other”");
    // No two disks are ever called the same.
    let plan = || {
        let planned = world.run(&world.create_words(never, &["--print-xml"]));
        let text = planned.expect(0).out.clone();
        let name = text.split('/').find_map(|part| part.split_once(".qcow2"));
        name.map(|(name, _)| name.to_owned()).unwrap()
    };
    let (one, other) = (plan(), plan());
    assert!(one.starts_with(&format!("{never}-")), "{one}");
    assert_ne!(one, other);
    nothing_left(&world, never, "after a look at the plan");

    // A definition that fails when all else is made.
    let words = world.create_words(never, &[]);
    faulty(&world, "fail@domain", &words).expect(1);
    nothing_left(&world, never, "after a failed definition");

    // A start that fails: what was defined is never undone.
    let words = world.create_words(never, &["--start"]);
    faulty(&world, "fail@start", &words)
        .expect(1)
        .says("was created, but did not start");
    assert_eq!(world.state(never), "shut off");
    world.assert_no_lease("after a failed start");
    world.run(&["launch", never]).expect(0);
    world.run(&["force-off", never]).expect(0);
    world
        .run(&["delete", never, "--storage", "--forget-key"])
        .expect(0);
    nothing_left(&world, never, "after a failed start");

    // A full disk.
    world.cover(&folder);
    world.daemon.virsh(&["pool-refresh", "pool"]).unwrap();
    world
        .run(&world.create_words(never, &[]))
        .expect(1)
        .says("Could not create the disk")
        .says("Free some space");
    nothing_left(&world, never, "after a full disk");
    world.uncover(&folder);

    // The daemon dies in the middle: it comes back in time, and then it does not.
    for back in [true, false] {
        let words = world.create_words(never, &[]);
        let mut create = world.spawn(&words);
        create.await_words("Making the disk", 20);
        std::thread::sleep(Duration::from_millis(300));
        world.daemon.kill9().unwrap();
        if back {
            world.daemon.restart().unwrap();
        }
        let ended = create.end();
        ended.expect(5).says("The connection to").says("was lost");
        if back {
            assert!(!ended.err.contains("Undoing"), "{ended:#?}");
        } else {
            ended.says("orielctl cleanup");
            assert_eq!(world.keys().len(), 1, "the key may have a volume");
            world.daemon.restart().unwrap();
            let outcome = clean_up(&world, never, "after the daemon's death");
            // The disk may not have been begun.
            if outcome.as_deref() == Some("key-kept") {
                world.forget(&world.keys()[0]);
            } else {
                assert_eq!(outcome.as_deref(), Some("undone"));
            }
        }
        nothing_left(&world, never, "after the daemon's death");
    }
}

#[test]
fn a_pool_that_was_made_is_undone_as_well() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(unlocked(), false);
    let name = &unique_name("pool");
    let words = world.create_words(name, &[]);
    let words = drop_first_pool(&words);
    let pools = |world: &World| {
        world
            .daemon
            .virsh(&["pool-list", "--all", "--name"])
            .unwrap()
    };
    faulty(&world, "kill@pool", &words).expect(KILLED);
    assert!(pools(&world).contains("default"), "no pool was made");
    assert_eq!(world.keys().len(), 1);
    let outcome = clean_up(&world, name, "after kill@pool");
    assert_eq!(outcome.as_deref(), Some("undone"));
    assert!(!pools(&world).contains("default"), "the pool is left");
    assert_eq!(world.keys(), Vec::<String>::new(), "the key is left");
    world.assert_no_lease("after kill@pool");

    // Somebody else's volume in it meanwhile: the pool stays.
    faulty(&world, "kill@pool", &words).expect(KILLED);
    let virsh = |args: &[&str]| world.daemon.virsh(args).unwrap();
    virsh(&["vol-create-as", "default", "other.img", "1M"]);
    let outcome = clean_up(&world, name, "with another's volume in the pool");
    assert_eq!(outcome.as_deref(), Some("undone"));
    assert!(virsh(&["vol-list", "default"]).contains("other.img"));
    world.assert_no_lease("with another's volume in the pool");
    assert_eq!(world.keys(), Vec::<String>::new(), "the key is left");
}

/// The words of a creation without `--pool pool`.
fn drop_first_pool<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let at = words.iter().position(|word| *word == "--pool").unwrap();
    [&words[..at], &words[at + 2..]].concat()
}

/// QEMU 7.2 fails so at times, and this makes it do so: a shim before the daemon's `qemu-img`
/// fails the first `failures` times, and counts.
fn untimed(world: &World, failures: u32) -> std::path::PathBuf {
    let count = world.daemon.dir().join("count");
    std::fs::write(&count, "0").unwrap();
    let script = format!(
        "[ \"$1\" = create ] || exec \"$REAL\" \"$@\"\n\
         n=$(($(cat {0}) + 1)); echo $n > {0}\n\
         [ $n -gt {failures} ] && exec \"$REAL\" \"$@\"\n\
         echo 'qemu-img: disk.qcow2: Unable to get accurate CPU usage' >&2; exit 1",
        count.display()
    );
    world.shim(std::path::Path::new("/usr/bin/qemu-img"), &script);
    count
}

#[test]
fn a_disk_whose_encryption_could_not_be_timed_is_tried_again() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(unlocked(), false);
    world.make_pool();
    let count = untimed(&world, 2);
    let tries = || std::fs::read_to_string(&count).unwrap();

    let done = world.run(&world.create_words("passes", &[]));
    done.expect(0);
    done.says("Making the disk again (try 2; the host was too busy) …");
    done.says("(try 3;");
    assert_eq!(tries().trim(), "3");
    assert!(world.guests().contains(&"passes".to_owned()));

    // It is not tried for ever, and nothing is left of it.
    std::fs::write(&count, "-100").unwrap();
    let keys = world.keys().len();
    world
        .run(&world.create_words("stays", &[]))
        .expect(1)
        .says("The host was too busy to time the encryption.\nTry again when");
    assert_eq!(tries().trim(), "-80");
    assert_eq!(world.keys().len(), keys);
    assert!(!world.guests().contains(&"stays".to_owned()));
    assert_eq!(world.volumes().len(), 1);
}
