// SPDX-License-Identifier: GPL-3.0-or-later
//! Resource controls on real guests: what is set is what the kernel has, and what the processor
//! gives.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test: what can't be done fails it"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use oriel_sandbox::guest::{Container, Domain, await_serial};
use oriel_sandbox::{Keyring, Network, SystemDaemon, SystemOptions, is_root, unique_name};
use oriel_tests::skip;
use oriel_tests::world::World;
use serde_json::Value;

fn text(path: &Value) -> String {
    let path = path.as_str().expect("a path");
    fs::read_to_string(path).expect(path).trim().to_owned()
}

#[test]
fn what_is_tuned_on_qemu_is_what_the_kernel_has() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    let name = unique_name("tuned");
    world.define(&Domain::new(&name, &world.guest));

    // Off: only the next start can be changed, and the kernel has nothing.
    let off = world.run(&["tune", &name, "--json", "--cpu-shares", "300"]);
    let json = off.expect(0).json();
    assert_eq!(json["cpu_shares"]["configured"], 300);
    assert_eq!(json["cpu_shares"]["live"], Value::Null);
    assert_eq!(json["cpu_shares"]["kernel"], Value::Null);
    world
        .run(&["tune", &name, "--cpu-shares", "300", "--live"])
        .expect(1)
        .says("shut off");

    world.daemon.virsh(&["start", &name]).unwrap();
    let json = world.run(&["tune", &name, "--json"]).expect(0).json();
    assert_eq!(json["cpu_shares"]["kernel"]["value"], 300, "{json}");
    assert_eq!(
        json["memory_limit"]["kernel"]["value"],
        Value::Null,
        "{json}"
    );

    // Live alone, then the next start alone.
    let live = ["tune", &name, "--json", "--cpu-shares", "500", "--live"];
    let json = world.run(&live).expect(0).json();
    let shares = &json["cpu_shares"];
    assert_eq!(
        (&shares["configured"], &shares["live"]),
        (&300.into(), &500.into()),
        "{json}"
    );
    assert_eq!(text(&shares["kernel"]["path"]), "500");
    assert!(
        world
            .daemon
            .virsh(&["schedinfo", &name])
            .unwrap()
            .contains("500")
    );
    let config = ["tune", &name, "--json", "--cpu-shares", "700", "--config"];
    let json = world.run(&config).expect(0).json();
    assert_eq!(json["cpu_shares"]["configured"], 700);
    assert_eq!(json["cpu_shares"]["kernel"]["value"], 500);

    // Memory: set, raise, take away.
    let limit = |size: &str| {
        let words = ["tune", &name, "--json", "--memory-limit", size, "--live"];
        world.run(&words).expect(0).json()["memory_limit"].clone()
    };
    let reading = limit("512M");
    assert_eq!(reading["live"], 512 << 20);
    assert_eq!(text(&reading["kernel"]["path"]), (512 << 20).to_string());
    assert_eq!(limit("1G")["kernel"]["value"], 1 << 30);
    let reading = limit("none");
    assert_eq!(
        (&reading["live"], &reading["kernel"]["value"]),
        (&Value::Null, &Value::Null)
    );

    // What can't be is refused with the reason, and nothing changes.
    world
        .run(&["tune", &name, "--cpu-shares", "1"])
        .expect(1)
        .says("2 to 262144");
    world
        .run(&["tune", &name, "--memory-limit", "8M", "--live"])
        .expect(1)
        .says("uses");
    world
        .run(&["tune", &name, "--memory-limit", "lots"])
        .expect(2);
    world.run(&["tune", &name, "--live"]).expect(2);
    world.run(&["tune", "no such machine"]).expect(3);
    let json = world.run(&["tune", &name, "--json"]).expect(0).json();
    assert_eq!(json["cpu_shares"]["kernel"]["value"], 500);
    let table = world.run(&["tune", &name]).expect(0).out.clone();
    assert!(
        table.contains("cpu.shares") && table.contains("CONFIGURED"),
        "{table}"
    );
}

#[test]
fn a_limit_of_the_processors_is_what_the_kernel_has_whatever_its_period() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    let name = unique_name("limited");
    world.define(&Domain::new(&name, &world.guest));
    world.daemon.virsh(&["start", &name]).unwrap();

    // So much of the processors and no more, until that is taken away.
    for (percent, held, raw) in [
        ("50", Value::from(50), "50000"),
        ("130%", Value::from(130), "130000"),
        ("none", Value::Null, "-1"),
    ] {
        let words = ["tune", &name, "--json", "--cpu-limit", percent];
        let limit = &world.run(&words).expect(0).json()["cpu_limit"];
        assert_eq!(limit["configured"], held, "{limit}");
        assert_eq!(limit["live"], held, "{limit}");
        assert_eq!(limit["kernel"]["value"], held, "{limit}");
        assert_eq!(limit["kernel"]["raw"], raw, "{limit}");
        assert_eq!(text(&limit["kernel"]["path"]).trim(), raw, "{limit}");
    }
    // Somebody else's period is read, and gives way to ours.
    let quota = |set: &str| {
        let words = ["schedinfo", &name, "--live", "--config", "--set", set];
        world.daemon.virsh(&words).unwrap();
    };
    quota("global_period=50000");
    quota("global_quota=25000");
    let limit = &world.run(&["tune", &name, "--json"]).expect(0).json()["cpu_limit"];
    for value in [
        &limit["configured"],
        &limit["live"],
        &limit["kernel"]["value"],
    ] {
        assert_eq!(*value, 50, "{limit}");
    }
    let words = ["tune", &name, "--json", "--cpu-limit", "70"];
    let limit = &world.run(&words).expect(0).json()["cpu_limit"];
    for value in [
        &limit["configured"],
        &limit["live"],
        &limit["kernel"]["value"],
    ] {
        assert_eq!(*value, 70, "{limit}");
    }
    world
        .run(&["tune", &name, "--cpu-limit", "99999999999999999"])
        .expect(1)
        .says("the most");
    world
        .run(&["tune", &name, "--cpu-limit", "0"])
        .expect(1)
        .says("1 is the least");
    world.run(&["tune", &name, "--cpu-limit", "-1"]).expect(2);
}

#[test]
fn a_memory_limit_in_the_definition_holds_from_the_start() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    world.make_pool();
    let name = unique_name("limited");
    let words = world.create_words(
        &name,
        &[
            "--no-encrypt",
            "--memory-limit",
            "512M",
            "--cpu-shares",
            "400",
            "--start",
        ],
    );
    world.run(&words).expect(0);
    let json = world.run(&["tune", &name, "--json"]).expect(0).json();
    let limit = &json["memory_limit"];
    assert_eq!(limit["configured"], 512 << 20, "{json}");
    assert_eq!(text(&limit["kernel"]["path"]), (512 << 20).to_string());
    assert_eq!(text(&json["cpu_shares"]["kernel"]["path"]), "400");
    // The definition is still there, with its limit, for the next start.
    world.run(&["force-off", &name]).expect(0);
    world.run(&["launch", &name]).expect(0);
    let json = world.run(&["tune", &name, "--json"]).expect(0).json();
    assert_eq!(json["memory_limit"]["kernel"]["value"], 512 << 20, "{json}");
}

#[test]
fn what_is_tuned_on_lxc_is_what_the_kernel_has() {
    if !is_root() {
        skip!("containers take root");
    }
    let daemon = SystemDaemon::start(&SystemOptions {
        lxc: true,
        network: Network::Private,
        probes: Some(oriel_tests::kept("probes")),
        ..SystemOptions::default()
    })
    .unwrap();
    let uri = daemon.lxc_uri();
    let container = Container::build(unique_name("box"), daemon.dir()).unwrap();
    let orielctl = |args: &[&str]| {
        let mut command = std::process::Command::new(oriel_tests::orielctl());
        command
            .args(["-c", &uri])
            .args(args)
            .env("XDG_STATE_HOME", daemon.dir().join("state"));
        oriel_tests::run::Running::start(&mut command, None).end()
    };
    let document = daemon.dir().join("box.xml");
    fs::write(&document, container.to_xml()).unwrap();
    orielctl(&["define", document.to_str().unwrap()]).expect(0);
    orielctl(&["launch", &container.name]).expect(0);

    let json = orielctl(&["tune", &container.name, "--json"])
        .expect(0)
        .json();
    let limit = &json["memory_limit"]["kernel"];
    assert_eq!(text(&limit["path"]), (128 << 20).to_string(), "{json}");
    let words = [
        "tune",
        &container.name,
        "--json",
        "--live",
        "--cpu-shares",
        "444",
        "--memory-limit",
        "96M",
    ];
    let json = orielctl(&words).expect(0).json();
    assert_eq!(
        text(&json["memory_limit"]["kernel"]["path"]),
        (96 << 20).to_string(),
        "{json}"
    );
    assert_eq!(text(&json["cpu_shares"]["kernel"]["path"]), "444", "{json}");
    let list = orielctl(&["list", "--json"]).expect(0).json();
    assert_eq!(list[0]["state"], "running", "{list}");
    orielctl(&["force-off", &container.name]).expect(0);
}

/// CPU time in ticks that a process and its threads have used (`/proc/PID/stat`, fields 14, 15).
fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after = &stat[stat.rfind(')').unwrap() + 2..];
    let fields: Vec<&str> = after.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn busy(world: &World, prefix: &str, serial: &Path) -> String {
    let name = unique_name(prefix);
    let mut domain = Domain::new(&name, &world.guest);
    domain.words = "oriel.busy".into();
    domain.serial = Some(serial.to_owned());
    world.define(&domain);
    name
}

#[test]
fn two_busy_guests_share_a_processor_as_their_weights_say() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    let serials: Vec<PathBuf> = ["one", "two"]
        .iter()
        .map(|n| world.daemon.dir().join(n))
        .collect();
    let names: Vec<String> = serials
        .iter()
        .map(|serial| busy(&world, "busy", serial))
        .collect();
    for (name, shares) in names.iter().zip(["1024", "256"]) {
        world.run(&["tune", name, "--cpu-shares", shares]).expect(0);
        world.run(&["launch", name]).expect(0);
    }
    // Each boots on a processor of its own; then they share one.
    for (name, serial) in names.iter().zip(&serials) {
        await_serial(serial, "oriel: ready", Duration::from_mins(2)).unwrap();
        world.daemon.virsh(&["vcpupin", name, "0", "0"]).unwrap();
        world.daemon.virsh(&["emulatorpin", name, "0"]).unwrap();
    }
    let pids: Vec<u32> = names
        .iter()
        .map(|name| world.daemon.guest_pid(name).unwrap())
        .collect();
    let before: Vec<u64> = pids.iter().map(|pid| ticks(*pid)).collect();
    std::thread::sleep(Duration::from_secs(12));
    let used: Vec<u64> = pids
        .iter()
        .zip(before)
        .map(|(pid, before)| ticks(*pid) - before)
        .collect();
    #[allow(clippy::cast_precision_loss)]
    let ratio = used[0] as f64 / used[1].max(1) as f64;
    assert!(
        (2.8..=5.6).contains(&ratio),
        "1024 and 256 shares gave {used:?} ticks, {ratio:.2} to 1"
    );
}
