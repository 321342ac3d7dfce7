// SPDX-License-Identifier: GPL-3.0-or-later
//! Connections come back by themselves: libvirtd is killed and started again under ten running
//! guests, on this machine, over TLS and over ssh. And what a connection must refuse.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers")]

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use oriel_sandbox::{
    HostKey, Keyring, Sshd, SshdOptions, SystemDaemon, SystemOptions, is_root, process, unique_name,
};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::World;
use serde_json::Value;

/// A guest that costs next to nothing: firmware that finds nothing to start.
fn idle(name: &str) -> String {
    format!(
        "<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>"
    )
}

/// A daemon with ten running guests and two that will be lost.
struct Flock<'a> {
    daemon: &'a mut SystemDaemon,
    steady: Vec<String>,
    defined: String,
    transient: String,
}

impl<'a> Flock<'a> {
    fn start(daemon: &'a mut SystemDaemon) -> Self {
        let flock = Self {
            daemon,
            steady: (0..10).map(|_| unique_name("steady")).collect(),
            defined: unique_name("defined"),
            transient: unique_name("transient"),
        };
        let file = flock.daemon.dir().join("idle.xml");
        let virsh = |args: &[&str]| flock.daemon.virsh(args).unwrap();
        for name in flock.steady.iter().chain([&flock.transient]) {
            std::fs::write(&file, idle(name)).unwrap();
            virsh(&["create", file.to_str().unwrap()]);
        }
        std::fs::write(&file, idle(&flock.defined)).unwrap();
        virsh(&["define", file.to_str().unwrap()]);
        virsh(&["start", &flock.defined]);
        virsh(&["suspend", &flock.steady[9]]);
        flock
    }

    fn pids(&self) -> Vec<Option<u32>> {
        let pid = |name: &String| self.daemon.guest_pid(name);
        self.steady.iter().map(pid).collect()
    }

    /// What the inventory must be, with the two lost ones or without.
    fn expected(&self, lost: bool) -> BTreeMap<String, String> {
        let mut all: BTreeMap<_, _> = self
            .steady
            .iter()
            .map(|name| (name.clone(), "running".to_owned()))
            .collect();
        all.insert(self.steady[9].clone(), "paused".into());
        let state = if lost { "shut-off" } else { "running" };
        all.insert(self.defined.clone(), state.into());
        if !lost {
            all.insert(self.transient.clone(), "running".into());
        }
        all
    }

    /// Kills libvirtd, ends two guests while nobody looks, and starts it again.
    fn crash(&mut self) {
        let lost = [&self.defined, &self.transient].map(|name| self.daemon.guest_pid(name));
        let before = self.pids();
        assert!(before.iter().all(Option::is_some), "a guest without QEMU");
        self.daemon.kill9().unwrap();
        for pid in lost {
            let mut kill = Command::new("kill");
            kill.args(["-9", &pid.unwrap().to_string()]);
            process::run(&mut kill).unwrap();
        }
        self.daemon.restart().unwrap();
        assert_eq!(self.pids(), before, "the guests were touched");
    }
}

/// Lines of JSON so far.
fn lines(program: &Running) -> Vec<Value> {
    program
        .out()
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Awaits that the newest inventory of a connection is complete and as expected.
#[track_caller]
fn await_inventory(follow: &Running, uri: &str, expected: &BTreeMap<String, String>, when: &str) {
    process::wait_for(
        &format!("the inventory of {uri} {when}"),
        Duration::from_secs(30),
        || {
            let lines = lines(follow);
            let newest = lines
                .iter()
                .rfind(|line| line["uri"] == uri && line["guests"].is_object());
            let status = lines
                .iter()
                .rfind(|line| line["uri"] == uri && line["status"].is_string());
            let guests: BTreeMap<String, String> = newest
                .map(|line| serde_json::from_value(line["guests"].clone()).unwrap())
                .unwrap_or_default();
            let online = status.is_some_and(|line| line["status"] == "online");
            if online && newest.unwrap()["complete"] == true && guests == *expected {
                Ok(())
            } else {
                Err(format!("{status:?}: {newest:?}; expected {expected:?}"))
            }
        },
    )
    .unwrap();
}

/// Awaits an event of a guest, told since `from` lines.
#[track_caller]
fn await_event(events: &Running, from: usize, name: &str, kind: &str) {
    process::wait_for(
        &format!("the event {kind} of {name}"),
        Duration::from_secs(15),
        || {
            let lines = lines(events);
            let found = lines[from..].iter().any(|line| {
                line["object"] == "domain"
                    && line["event"] == "lifecycle"
                    && line["name"] == name
                    && line["details"]["kind"] == kind
            });
            if found { Ok(()) } else { Err(events.out()) }
        },
    )
    .unwrap();
}

#[test]
fn connections_outlive_the_daemon_here_and_over_tls_and_ssh() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let mut world = World::start(Keyring::None, false);
    let mut second = SystemDaemon::start(&SystemOptions {
        tls: true,
        probes: Some(oriel_tests::kept("probes")),
        ..SystemOptions::default()
    })
    .unwrap();
    let sshd = Sshd::start(&SshdOptions::default()).unwrap();
    let here = world.daemon.uri();
    let remote = [
        second.tls_uri().unwrap(),
        sshd.uri("/system", &second.socket()),
    ];

    let mut follow = world.session.command(env!("CARGO_BIN_EXE_follow"));
    let follow = Running::start(follow.arg(&here).args(&remote), None);
    let listen = |uri: &str| {
        let mut events = world.spawn(&["--connect", uri, "--allow-program", "events", "--json"]);
        events.await_words("Listening", 20);
        events
    };
    let listeners: Vec<_> = [&here, &remote[0], &remote[1]]
        .map(|uri| (uri.clone(), listen(uri)))
        .into();
    let mut near = Flock::start(&mut world.daemon);
    let mut far = Flock::start(&mut second);
    for (uri, flock) in [(&here, &near), (&remote[0], &far), (&remote[1], &far)] {
        await_inventory(&follow, uri, &flock.expected(false), "before");
    }

    let counts: Vec<_> = listeners.iter().map(|(_, e)| lines(e).len()).collect();
    near.crash();
    far.crash();
    for (uri, flock) in [(&here, &near), (&remote[0], &far), (&remote[1], &far)] {
        await_inventory(&follow, uri, &flock.expected(true), "after");
    }
    // The outage was noticed, told, and was short: the first retry made it.
    for (number, (uri, events)) in listeners.iter().enumerate() {
        let told = || -> Vec<_> {
            lines(events)[counts[number]..]
                .iter()
                .filter(|line| line["object"] == "connection")
                .map(|line| line["event"].as_str().unwrap().to_owned())
                .filter(|event| event != "closed")
                .collect()
        };
        let waited = process::wait_for(uri, Duration::from_secs(15), || match told() {
            told if told == ["waiting", "connecting", "online"] => Ok(()),
            told => Err(format!("{told:?}")),
        });
        waited.unwrap();
    }
    // Events flow on, once each.
    let counts: Vec<_> = listeners.iter().map(|(_, e)| lines(e).len()).collect();
    for flock in [&near, &far] {
        flock.daemon.virsh(&["suspend", &flock.steady[0]]).unwrap();
        flock.daemon.virsh(&["resume", &flock.steady[9]]).unwrap();
    }
    let flocks = [&near, &far, &far];
    for (number, (uri, events)) in listeners.iter().enumerate() {
        let flock = flocks[number];
        await_event(events, counts[number], &flock.steady[0], "suspended");
        await_event(events, counts[number], &flock.steady[9], "resumed");
        let twice = lines(events)[counts[number]..]
            .iter()
            .filter(|line| line["details"]["kind"] == "suspended")
            .count();
        assert_eq!(twice, 1, "events registered twice on {uri}");
        let mut expected = flock.expected(true);
        expected.insert(flock.steady[0].clone(), "paused".into());
        expected.insert(flock.steady[9].clone(), "running".into());
        await_inventory(&follow, uri, &expected, "after further events");
    }
}

#[test]
fn a_passphrase_goes_only_over_a_connection_that_is_secure() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start_with(
        Keyring::Unlocked("open sesame".into()),
        false,
        SystemOptions {
            tls: true,
            tcp: true,
            ..SystemOptions::default()
        },
    );
    world.make_pool();
    let sshd = Sshd::start(&SshdOptions::default()).unwrap();
    let name = &unique_name("far");
    let secret = world.define_encrypted(name, "pass");
    world.keep(&secret, "pass");
    let tls = world.daemon.tls_uri().unwrap();
    let insecure = [
        world.daemon.tcp_uri().unwrap(),
        format!("{tls}&no_verify=1"),
        // As libvirt reads them: names without regard to case, and decoded.
        format!("{tls}&NO_VERIFY=1"),
        format!("{tls}&no%5Fverify=1"),
    ];
    let whys = ["not encrypted", "no_verify", "no_verify", "no_verify"];
    for (uri, why) in insecure.iter().zip(whys) {
        world
            .run(&["-c", uri, "launch", name])
            .expect(4)
            .says("No passphrase is sent over")
            .says(why)
            .says("Reach this host by qemu+ssh://");
        // Not even one that is given by hand.
        world
            .run_with(
                &["-c", uri, "launch", name, "--passphrase-file", "-"],
                b"pass",
            )
            .expect(4);
        let mut words = vec!["-c", uri];
        words.extend(world.create_words("never", &[]));
        world.run(&words).expect(4).says("No passphrase is sent");
        // What needs no passphrase works.
        let list = world.run(&["-c", uri, "list", "--json"]).expect(0).json();
        assert_eq!(list[0]["key"], "other-host", "{list}");
    }
    assert_eq!(world.state(name), "shut off");
    assert_eq!(world.guests(), [name.as_str()]);
    assert_eq!(world.keys(), [secret.as_str()], "a key of no volume");
    world.assert_no_lease("after refusals");

    for uri in [tls, sshd.uri("/system", &world.daemon.socket())] {
        // This machine's own passphrase is for no host that is reached in another way, until the
        // person says so.
        let launch = ["-c", &uri, "--allow-program", "launch", name];
        world.run(&launch).expect(4).says("was not handed over");
        for words in [&[&launch[..], &["--hand-over"]].concat()[..], &launch] {
            world.run(words).expect(0);
            let off = ["-c", &uri, "--allow-program", "force-off", name];
            world.run(&off).expect(0);
            world.assert_no_lease("after a launch from afar");
        }
    }
}

#[test]
fn who_can_not_be_reached_or_does_not_let_us_in_is_told_at_once() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start_with(
        Keyring::None,
        false,
        SystemOptions {
            tls: true,
            ..SystemOptions::default()
        },
    );
    let list = |uri: &str| {
        // No terminal at all: nobody can be asked there.
        let mut command = world.session.command("setsid");
        command.arg("-w").arg(oriel_tests::orielctl());
        command.env_remove("DISPLAY");
        command.args(["-c", uri, "--allow-program", "list"]);
        Running::start(&mut command, None).end()
    };
    for (uri, next) in [
        ("qemu:///system?socket=/nonexistent/socket", "\nCheck "),
        ("qemu+tcp://127.0.0.1:1/system", "\nCheck "),
        (
            "nonsense:///x",
            "\nlibvirt knows no hypervisor called “nonsense”",
        ),
        ("qemu+ssh://nobody@127.0.0.1:1/system", "\nCheck "),
        (&world.daemon.tls_stranger_uri().unwrap(), "\nCheck "),
    ] {
        let refused = list(uri);
        refused
            .expect(5)
            .within(10)
            .says(&format!("Could not connect to {uri}. "))
            .says(next);
    }

    // ssh asks by itself; without a terminal and a display it can't, and must not wait.
    for (options, says) in [
        (
            SshdOptions {
                host_key: HostKey::Unknown,
                ..SshdOptions::default()
            },
            "Host key verification failed",
        ),
        (
            SshdOptions {
                host_key: HostKey::Changed,
                ..SshdOptions::default()
            },
            "Host key verification failed",
        ),
        (
            SshdOptions {
                passphrase: Some("a b c".into()),
                ..SshdOptions::default()
            },
            "Permission denied",
        ),
    ] {
        let sshd = Sshd::start(&options).unwrap();
        let refused = list(&sshd.uri("/system", &world.daemon.socket()));
        refused
            .expect(4)
            .within(10)
            .says("did not let you in")
            .says(says)
            .says("Try “ssh HOST” in a terminal");
    }
}

#[test]
fn ssh_asks_through_the_agent() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let mut world = World::start(Keyring::None, false);
    let socket = world.daemon.socket();
    let answers = world.session.dir().join("answers");
    let follow = |uri: &str, text: &str, status: &str| {
        std::fs::write(&answers, text).unwrap();
        let mut follow = world.session.command("setsid");
        follow.arg("-w").arg(env!("CARGO_BIN_EXE_follow"));
        follow.arg("--answers").arg(&answers).arg(uri);
        let mut follow = Running::start(&mut follow, None);
        follow.await_words(&format!("\"status\":\"{status}\""), 20);
        follow
    };
    // Where the helper's folders are: none may stay.
    let folder = world.session.dir().join("run/oriel");
    let folders = || std::fs::read_dir(&folder).map_or(0, Iterator::count);

    let unknown = Sshd::start(&SshdOptions {
        host_key: HostKey::Unknown,
        ..SshdOptions::default()
    })
    .unwrap();
    let uri = unknown.uri("/system", &socket);
    for text in ["no\n", ""] {
        let said = follow(&uri, text, "refused").out();
        assert!(said.contains("\"kind\":\"Confirm\""), "{said}");
        assert!(said.contains("127.0.0.1"), "the host is not named: {said}");
        assert!(said.contains("\"kind\":\"Refused\""), "{said}");
    }
    let said = follow(&uri, "yes\n", "online").out();
    assert!(said.contains("authenticity of host"), "{said}");
    assert_eq!(folders(), 0, "the helper's folder is left");

    let key = Sshd::start(&SshdOptions {
        passphrase: Some("a b'c \"ß".into()),
        ..SshdOptions::default()
    })
    .unwrap();
    let uri = key.uri("/system", &socket);
    let said = follow(&uri, "wrong\n", "refused").out();
    assert!(said.contains("\"kind\":\"Secret\""), "{said}");
    // It is asked again after a loss of the connection: nobody has kept the answer.
    let text = "a b'c \"ß\n".repeat(2);
    let mut follow = follow(&uri, &text, "online");
    assert!(!follow.out().contains("a b'c"), "the passphrase is told");
    world.daemon.kill9().unwrap();
    world.daemon.restart().unwrap();
    process::wait_for(
        "the connection's return",
        Duration::from_secs(20),
        || match follow.out().matches("\"status\":\"online\"").count() {
            2 => Ok(()),
            count => Err(format!("online {count} times: {}", follow.out())),
        },
    )
    .unwrap();
    assert!(follow.alive());
    assert_eq!(folders(), 0, "the helper's folder is left");
}

#[test]
fn a_host_that_asks_who_we_are_gets_the_agents_answer() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    let node = world.session.dir().join("node.xml");
    std::fs::write(
        &node,
        "<node><auth><user password='correct horse'>anna</user></auth></node>",
    )
    .unwrap();
    let uri = format!("test://{}", node.display());
    // Without a terminal nobody answers.
    world
        .run(&["-c", &uri, "list"])
        .expect(4)
        .within(10)
        .says("No credentials were provided");

    let answers = world.session.dir().join("answers");
    for (text, online) in [
        ("anna\ncorrect horse\n", true),
        ("anna\nwrong\n", false),
        ("bert\ncorrect horse\n", false),
        ("", false),
    ] {
        std::fs::write(&answers, text).unwrap();
        let mut follow = world.session.command(env!("CARGO_BIN_EXE_follow"));
        follow.arg("--answers").arg(&answers).arg(&uri);
        let mut follow = Running::start(&mut follow, None);
        let status = if online { "online" } else { "refused" };
        follow.await_words(&format!("\"status\":\"{status}\""), 20);
        let said = follow.out();
        assert!(said.contains("\"asked\":"), "{said}");
        assert!(!said.contains("correct horse"), "the password is told");
        if !online {
            assert!(said.contains("\"kind\":\"Refused\""), "{said}");
        }
    }
}
