// SPDX-License-Identifier: GPL-3.0-or-later
//! Many guests, and one that hangs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test: what can't be done fails it"
)]

use std::process::Command;
use std::time::{Duration, Instant};

use oriel::Connection;
use oriel::agent::Agent;
use oriel::guest::{DomainState, Guest, lifecycle};
use oriel::model::act::Act;
use oriel::secret::handover::Source;
use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, is_root, unique_name};
use oriel_tests::run::Running;
use oriel_tests::world::World;
use oriel_tests::{skip, test_driver_file};
use serde_json::Value;

async fn act(connection: &Connection, guest: &Guest, act: Act) -> oriel::Result<()> {
    let source = Source::Keyring;
    lifecycle::carry_out(connection, guest, act, &source, Duration::ZERO).await
}

#[test]
fn a_thousand_and_ten_thousand_guests_are_all_listed() {
    let folder = oriel_tests::output("scale");
    for count in [1_000, 10_000] {
        let uri = test_driver_file(&folder, count);
        let mut command = Command::new(oriel_tests::orielctl());
        command
            .args(["-c", &uri, "list", "--json"])
            .env("XDG_STATE_HOME", folder.join("state"));
        let outcome = Running::start(&mut command, None).end_within(Duration::from_mins(2));
        let json = outcome.expect(0).json();
        let rows = json.as_array().unwrap();
        assert_eq!(rows.len(), count);
        for (number, row) in rows.iter().enumerate() {
            assert_eq!(row["name"], format!("vm{number:05}"));
            assert_eq!(row["state"], "running");
            assert_eq!(row["memory_kib"], 262_144 + number);
            assert_eq!(row["vcpus"], 1 + number % 4);
            assert_eq!(
                (&row["encrypted"], &row["key"]),
                (&"none".into(), &"none".into())
            );
        }
    }
}

/// Whether a future ends within seconds that a person would wait.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let begin = Instant::now();
    let result = tokio::time::timeout(Duration::from_secs(15), future).await;
    result.unwrap_or_else(|late| {
        let after = begin.elapsed();
        panic!("{what} was delayed by the guest that hangs: {late}, {after:?}")
    })
}

/// A process that is stopped until this is dropped.
struct Stopped(String);

impl Stopped {
    fn new(pid: &str) -> Self {
        let stopped = Self(pid.to_owned());
        stopped.signal("STOP");
        stopped
    }

    fn signal(&self, name: &str) {
        let done = Command::new("kill").args(["-s", name, &self.0]).status();
        assert!(done.unwrap().success(), "no signal to {}", self.0);
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.signal("CONT");
    }
}

/// Whether a guest that hangs is shown with the reason; or with its document, which older releases
/// of libvirt (9.0) give without waiting for the guest.
fn is_told(guest: &Value) -> bool {
    let error = guest["error"].as_str();
    error.is_some_and(|error| error.contains("does not answer")) || guest["memory_kib"].is_u64()
}

#[test]
fn a_guest_that_hangs_delays_nobody_else() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    let names: Vec<String> = (0..3).map(|_| unique_name("stuck")).collect();
    for name in &names {
        world.define(&Domain::idle(name, &world.guest));
        world.daemon.virsh(&["start", name]).unwrap();
    }
    let pid = world.daemon.guest_pid(&names[0]).unwrap().to_string();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    // Goes on when dropped, so that a failure does not leave the runtime waiting for it.
    let stopped = Stopped::new(&pid);
    runtime.block_on(async {
        let connection = soon(
            "opening",
            Connection::open(&world.daemon.uri(), Agent::default()),
        )
        .await
        .unwrap();
        soon("the first list", connection.complete_inventory())
            .await
            .unwrap();
        let stuck = soon("finding", connection.guest(&names[0])).await.unwrap();
        // A call into the guest's monitor, which never comes back while it is stopped.
        let hanging = {
            let (connection, stuck) = (connection.clone(), stuck.clone());
            tokio::spawn(async move { act(&connection, &stuck, Act::Suspend).await })
        };
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(!hanging.is_finished(), "the stopped guest answered");

        let inventory = soon("the list", connection.complete_inventory())
            .await
            .unwrap();
        assert_eq!(inventory.guests.len(), 3);
        for name in &names {
            let guest = inventory.find(name).unwrap();
            assert_eq!(guest.state, DomainState::Running, "{name}");
            // What was read before it hung is kept.
            assert!(guest.summary.is_some(), "{name}: {:?}", guest.error);
        }
        // Somebody who comes now gets the others' rows, and the reason on this one's.
        let list = world.run(&["list", "--json"]);
        let rows = list.expect(0).within(10).json();
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), 3, "{list:#?}");
        let row = rows.iter().find(|row| row["name"] == *names[0]);
        assert!(is_told(row.unwrap()), "{list:#?}");
        for name in &names[1..] {
            let guest = soon("looking", connection.guest(name)).await.unwrap();
            soon("suspending", act(&connection, &guest, Act::Suspend))
                .await
                .unwrap();
            let guest = soon("looking", connection.guest(name)).await.unwrap();
            soon("resuming", act(&connection, &guest, Act::Resume))
                .await
                .unwrap();
        }
        // A second wish for the same guest is told at once that the first is under way.
        let error = soon("a second wish", act(&connection, &stuck, Act::Suspend)).await;
        assert!(error.unwrap_err().to_string().contains("busy"));

        // What hangs can still be looked at, and forced off by who can't wait.
        let info = world.run(&["info", &names[0], "--json"]);
        assert!(is_told(&info.expect(0).within(10).json()), "{info:#?}");

        drop(stopped);
        soon("the guest that went on", hanging)
            .await
            .unwrap()
            .unwrap();
        let guest = soon("looking", connection.guest(&names[0])).await.unwrap();
        assert_eq!(guest.state, DomainState::Paused);
        connection.close().await;
    });
    runtime.shutdown_timeout(Duration::from_secs(2));
}
