// SPDX-License-Identifier: GPL-3.0-or-later
//! `orielctl events` sees what others do: libvirt's events, and by inotify what libvirt keeps to
//! itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test: what can't be done fails it"
)]

use std::fs;
use std::time::Duration;

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, is_root, process, unique_name};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::World;
use serde_json::Value;

/// Every event so far.
fn seen(events: &Running) -> Vec<Value> {
    events
        .out()
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Awaits an event that `wanted` takes, and gives it.
fn await_event(events: &Running, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    process::wait_for(what, Duration::from_secs(15), || {
        seen(events)
            .into_iter()
            .find(|event| wanted(event))
            .ok_or_else(|| events.out())
    })
    .unwrap()
}

#[test]
fn events_tell_what_virsh_does_elsewhere() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    let mut events = world.spawn(&["events", "--json"]);
    events.await_words("Listening", 20);
    let virsh = |args: &[&str]| world.daemon.virsh(args).unwrap();
    let name = unique_name("watched");
    let lifecycle = |kind: &'static str| {
        let name = name.clone();
        move |event: &Value| {
            event["object"] == "domain"
                && event["name"] == *name
                && event["event"] == "lifecycle"
                && event["details"]["kind"] == kind
        }
    };

    world.define(&Domain::idle(&name, &world.guest));
    let event = await_event(&events, "defined", lifecycle("defined"));
    assert!(
        event["uuid"].is_string() && event["time"].is_string(),
        "{event}"
    );
    assert_eq!(event["connection"], world.daemon.uri());
    virsh(&["start", &name]);
    await_event(&events, "started", lifecycle("started"));
    virsh(&["suspend", &name]);
    await_event(&events, "suspended", lifecycle("suspended"));
    virsh(&["resume", &name]);
    await_event(&events, "resumed", lifecycle("resumed"));

    // A change that comes before the kernel's files are watched is what they had at first.
    let mut told = None;
    for shares in [333, 334, 335, 336, 337] {
        let set = format!("cpu_shares={shares}");
        virsh(&["schedinfo", &name, "--live", "--set", &set]);
        await_event(&events, "tunable", |event| {
            event["event"] == "tunable" && event["details"]["cputune.cpu_shares"] == shares
        });
        // The same from the kernel's side, with the file that it was read from.
        told = process::wait_for("the kernel's shares", Duration::from_secs(3), || {
            let mut seen = seen(&events).into_iter();
            let found = seen
                .find(|event| event["event"] == "kernel" && event["details"]["value"] == shares);
            found.ok_or_else(|| events.out())
        })
        .ok();
        if told.is_some() {
            break;
        }
    }
    let event = told.unwrap();
    assert_eq!(event["details"]["control"], "cpu_shares");
    let shares = event["details"]["path"].as_str().unwrap().to_owned();

    // libvirt tells nobody of these two.
    virsh(&["memtune", &name, "--live", "--hard-limit", "524288"]);
    await_event(&events, "the kernel's limit", |event| {
        event["details"]["control"] == "memory_limit"
            && event["details"]["value"] == 524_288_u64 * 1024
    });
    fs::write(&shares, "222").unwrap();
    await_event(&events, "a write to the kernel", |event| {
        event["event"] == "kernel" && event["details"]["value"] == 222
    });

    let image = world.daemon.dir().join("extra.img");
    fs::write(&image, vec![0; 1 << 20]).unwrap();
    virsh(&["attach-disk", &name, image.to_str().unwrap(), "vdb"]);
    await_event(&events, "device-added", |event| {
        event["event"] == "device-added" && event["name"] == *name
    });

    let secret = world.daemon.dir().join("secret.xml");
    fs::write(
        &secret,
        "<secret ephemeral='yes'><usage type='volume'><volume>/x</volume></usage></secret>",
    )
    .unwrap();
    virsh(&["secret-define", secret.to_str().unwrap()]);
    let event = await_event(&events, "secret-define", |event| {
        event["object"] == "secret"
    });
    assert_eq!(
        (&event["event"], &event["name"]),
        (&"lifecycle".into(), &"/x".into())
    );
    virsh(&["net-create", network(&world).as_str()]);
    await_event(&events, "a network", |event| event["object"] == "network");
    world.make_pool();
    await_event(&events, "a pool", |event| {
        event["object"] == "storage-pool" && event["details"]["action"] == "started"
    });

    virsh(&["destroy", &name]);
    await_event(&events, "stopped", lifecycle("stopped"));
    virsh(&["undefine", &name]);
    await_event(&events, "undefined", lifecycle("undefined"));
}

fn network(world: &World) -> String {
    let file = world.daemon.dir().join("net.xml");
    let name = unique_name("n");
    fs::write(&file, format!("<network><name>{name}</name></network>")).unwrap();
    file.to_string_lossy().into_owned()
}

#[test]
fn events_end_by_count_and_by_time() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    let outcome = world.run(&["events", "--timeout", "1"]);
    outcome.expect(0).within(6);
    assert_eq!(outcome.out, "");
    let mut events = world.spawn(&["events", "--json", "--count", "2"]);
    events.await_words("Listening", 20);
    let name = unique_name("counted");
    for _ in 0..2 {
        world.define(&Domain::idle(&name, &world.guest));
        world.daemon.virsh(&["undefine", &name]).unwrap();
    }
    let outcome = events.end();
    outcome.expect(0);
    assert_eq!(outcome.out.lines().count(), 2, "{}", outcome.out);
}

#[test]
fn a_user_session_says_why_it_has_no_controls() {
    use oriel_sandbox::{Session, SessionDaemon, SessionOptions};

    let session = Session::start(&SessionOptions::default()).unwrap();
    let daemon = SessionDaemon::start(&session, false, Some(oriel_tests::kept("probes"))).unwrap();
    let uri = daemon.uri();
    let guest = oriel_sandbox::guest::Guest::build(session.dir()).unwrap();
    let name = unique_name("mine");
    let file = session.dir().join("mine.xml");
    fs::write(&file, Domain::idle(&name, &guest).to_xml()).unwrap();
    let orielctl = |args: &[&str]| {
        let mut command = session.command(oriel_tests::orielctl());
        command.args(["-c", &uri]).args(args);
        Running::start(&mut command, None).end()
    };
    orielctl(&["define", file.to_str().unwrap()]).expect(0);
    orielctl(&["launch", &name]).expect(0);
    let json = orielctl(&["tune", &name, "--json"]).expect(0).json();
    let reason = json["cpu_shares"]["unavailable"].as_str().unwrap();
    assert!(reason.contains("qemu:///system"), "{json}");
    assert_eq!(json["cpu_shares"]["kernel"], Value::Null);
    orielctl(&["tune", &name, "--cpu-shares", "500"])
        .expect(1)
        .says("user session");
    // The lifecycle without a root's rights.
    orielctl(&["suspend", &name]).expect(0);
    orielctl(&["suspend", &name]).expect(1).says("paused");
    orielctl(&["resume", &name]).expect(0);
    orielctl(&["reset", &name]).expect(0);
    orielctl(&["force-off", &name]).expect(0);
    orielctl(&["force-off", &name]).expect(1).says("shut off");
    orielctl(&["undefine", &name]).expect(0);
    orielctl(&["info", &name]).expect(3);
}
