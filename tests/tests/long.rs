// SPDX-License-Identifier: GPL-3.0-or-later
//! Long operations have a libvirt connection of their own and hold up nothing else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers")]

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, is_root, process, unique_name};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::World;

/// More than the places that a connection shares between all that reads.
const CREATIONS: usize = 3;

/// The programs that make volumes of these names, on the daemon's behalf.
fn makers(world: &World, names: &[String]) -> Vec<u32> {
    let all = world.daemon.processes().into_iter();
    all.filter(|it| it.name == "qemu-img")
        .filter(|it| {
            names
                .iter()
                .any(|name| it.command_line.contains(name.as_str()))
        })
        .map(|it| it.pid)
        .collect()
}

fn signal(pid: u32, name: &str) {
    let done = Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status();
    assert!(done.unwrap().success(), "no signal to {pid}");
}

/// How many connections the daemon has at its socket.
fn clients(world: &World) -> usize {
    let path = world.daemon.socket();
    let sockets = std::fs::read_to_string("/proc/net/unix").unwrap();
    // An accepted connection has the path that it came by, and the state "connected".
    sockets
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| words.len() == 8 && words[5] == "03" && path == Path::new(words[7]))
        .count()
}

fn readings(program: &Running) -> usize {
    let out = program.out();
    out.lines().filter(|line| line.starts_with("read ")).count()
}

#[test]
fn creations_that_last_hold_up_no_reading() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::Unlocked("word".into()), false);
    world.make_pool();
    world.define(&Domain::idle("bystander", &world.guest));
    let names: Vec<String> = (0..CREATIONS).map(|_| unique_name("new")).collect();
    assert_eq!(clients(&world), 0, "before anybody came");

    let mut command = world.session.command(env!("CARGO_BIN_EXE_create-all"));
    command.arg(world.daemon.uri());
    command.args([&world.guest.kernel, &world.guest.initrd]);
    let mut program = Running::start(command.args(&names), None);
    let mut stopped = HashSet::new();
    process::wait_for("the makers of volumes", Duration::from_secs(30), || {
        for pid in makers(&world, &names) {
            if stopped.insert(pid) {
                signal(pid, "STOP");
            }
        }
        if stopped.len() == CREATIONS {
            Ok(())
        } else {
            Err(format!("{}\n{}", program.out(), program.err()))
        }
    })
    .unwrap();

    // All creations stand still now, and the readings go on.
    let before = readings(&program);
    process::wait_for("readings beside them", Duration::from_secs(5), || {
        if readings(&program) >= before + 10 {
            Ok(())
        } else {
            Err(program.out())
        }
    })
    .unwrap();
    assert_eq!(clients(&world), 2, "one for all long operations together");

    for pid in stopped {
        signal(pid, "CONT");
    }
    program.await_words("all are made", 60);
    let made = program.out();
    assert!(!made.contains("failed"), "{made}");
    for name in &names {
        assert!(world.guests().contains(name), "{made}");
    }
    world.assert_no_lease("after the creations");
    // It is closed some seconds after its last operation.
    process::wait_for(
        "the end of the second",
        Duration::from_secs(30),
        || match clients(&world) {
            1 => Ok(()),
            many => Err(format!("{many} connections")),
        },
    )
    .unwrap();
    program.signal("TERM");
}
