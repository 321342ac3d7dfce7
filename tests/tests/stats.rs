// SPDX-License-Identifier: GPL-3.0-or-later
//! What guests use, from real figures: QEMU's bulk statistics, and the test driver, which has only
//! single ones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test: what can't be done fails it"
)]

use std::process::Command;
use std::time::Duration;

use oriel_sandbox::guest::{Domain, await_serial};
use oriel_sandbox::{Keyring, is_root, unique_name};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::World;
use serde_json::Value;

fn rows(out: &str) -> Vec<Value> {
    out.lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

#[test]
fn a_busy_guest_is_busy_and_an_idle_one_is_not() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    let names = [unique_name("busy"), unique_name("idle")];
    for (name, words) in names.iter().zip(["oriel.busy", "oriel.wait"]) {
        let mut domain = Domain::new(name, &world.guest);
        domain.words = words.into();
        let serial = world.daemon.dir().join(name);
        domain.serial = Some(serial.clone());
        world.define(&domain);
        world.run(&["launch", name]).expect(0);
        await_serial(&serial, "oriel: ready", Duration::from_mins(2)).unwrap();
    }
    let words = ["stats", "--json", "--interval", "2", "--count", "2"];
    let outcome = world.run(&words);
    let rows = rows(&outcome.expect(0).out);
    assert_eq!(rows.len(), 4, "{rows:#?}");
    let cpu = |name: &str| -> f64 {
        let all = rows.iter().filter(|row| row["name"] == name);
        all.map(|row| row["cpu"].as_f64().expect("a figure"))
            .fold(0.0, f64::max)
    };
    let (busy, idle) = (cpu(&names[0]), cpu(&names[1]));
    assert!(busy > 0.2 && busy > 2.0 * idle, "busy {busy}, idle {idle}");
    for row in &rows {
        assert!(
            row["memory_kib"].as_u64().is_some_and(|kib| kib > 1024),
            "{row}"
        );
        assert!(row["time"].is_string() && row["uuid"].is_string(), "{row}");
    }
    // One that is off is not read, and not an error.
    world.run(&["force-off", &names[0]]).expect(0);
    let one = world.run(&["stats", &names[0], "--interval", "1", "--count", "1"]);
    assert!(one.expect(0).out.contains("None of them runs"), "{one:#?}");
    world.run(&["stats", "nobody"]).expect(3);
}

#[test]
fn the_test_driver_has_figures_too() {
    let mut command = Command::new(oriel_tests::orielctl());
    command
        .args(["-c", "test:///default", "stats", "--json"])
        .args(["--interval", "1", "--count", "2"])
        .env("XDG_STATE_HOME", oriel_tests::output("stats"));
    let outcome = Running::start(&mut command, None).end();
    let rows = rows(&outcome.expect(0).out);
    assert_eq!(rows.len(), 2, "{rows:#?}");
    assert!(
        rows.iter()
            .all(|row| row["cpu"].as_f64().is_some_and(|cpu| cpu > 0.0)),
        "{rows:#?}"
    );
}
