// SPDX-License-Identifier: GPL-3.0-or-later
//! The private session: its keyring in each state, its dialog, and its libvirt.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test and its helpers"
)]

mod common;

use std::path::PathBuf;
use std::time::Duration;

use common::probes;
use oriel_sandbox::guest::{self, Domain, Guest};
use oriel_sandbox::{
    Answer, Error, Keyring, Session, SessionDaemon, SessionOptions, process, unique_name,
};

const PASSWORD: &str = "open sesame";

fn session(keyring: Keyring, display: bool) -> Session {
    Session::start(&SessionOptions {
        keyring,
        display,
        ..SessionOptions::default()
    })
    .unwrap()
}

fn store(session: &Session, value: &str) -> Result<String, Error> {
    let mut command = session.command("secret-tool");
    command.args(["store", "--label=test", "oriel", "test"]);
    process::run_with_input(&mut command, value.as_bytes())
}

fn lookup(session: &Session) -> Result<String, Error> {
    process::run(
        session
            .command("secret-tool")
            .args(["lookup", "oriel", "test"]),
    )
}

#[test]
fn an_unlocked_keyring_stores_and_keeps_over_a_restart() {
    let mut session = session(Keyring::Unlocked(PASSWORD.into()), false);
    assert_eq!(session.locked(), Some(false));
    store(&session, "пароль 🔑").unwrap();
    assert_eq!(lookup(&session).unwrap(), "пароль 🔑");
    // The default collection is the one on disk.
    assert!(session.data().join("keyrings/login.keyring").is_file());

    session.lock().unwrap();
    assert_eq!(session.locked(), Some(true));
    session.unlock(PASSWORD).unwrap();
    assert_eq!(lookup(&session).unwrap(), "пароль 🔑");
    assert!(session.lock().is_ok() && session.unlock("wrong").is_err());

    session.end_keyring();
    assert_eq!(session.locked(), None);
    session
        .start_keyring(&Keyring::Unlocked(PASSWORD.into()))
        .unwrap();
    assert_eq!(lookup(&session).unwrap(), "пароль 🔑");
}

#[test]
fn without_a_service_nobody_starts_one() {
    let session = session(Keyring::None, false);
    let said = lookup(&session).unwrap_err().to_string();
    assert!(said.contains("org.freedesktop.secrets"), "{said}");
}

#[test]
fn a_fresh_keyring_has_no_default_collection() {
    let session = session(Keyring::Fresh, false);
    assert_eq!(session.locked(), None);
    assert!(!session.data().join("keyrings/login.keyring").exists());
    let mut command = session.command("dbus-send");
    command.args([
        "--session",
        "--print-reply",
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets",
        "org.freedesktop.Secret.Service.ReadAlias",
        "string:default",
    ]);
    let reply = process::run(&mut command).unwrap();
    assert!(reply.contains("object path \"/\""), "{reply}");
}

#[test]
fn a_locked_keyring_asks_by_its_own_dialog() {
    let session = session(Keyring::Locked(PASSWORD.into()), true);
    assert_eq!(session.locked(), Some(true));
    let shot = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("prompt.png");
    let answered = |answer: Answer<'_>| {
        let child = session
            .command("secret-tool")
            .args(["store", "--label=test", "oriel", "test"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Its standard input is closed by the wait: an empty secret.
        let waiting = std::thread::spawn(move || child.wait_with_output().unwrap());
        let display = session.display().unwrap();
        display
            .answer(answer, Duration::from_secs(30), Some(&shot))
            .unwrap();
        waiting.join().unwrap().status.success()
    };
    assert!(
        !answered(Answer::Cancel),
        "a cancelled dialog stored something"
    );
    assert_eq!(session.locked(), Some(true));
    assert!(
        answered(Answer::Password(PASSWORD)),
        "the right password did not unlock"
    );
    assert_eq!(session.locked(), Some(false));
}

#[test]
fn a_fresh_keyring_makes_a_collection_by_its_own_dialog() {
    let session = session(Keyring::Fresh, true);
    let waiting = {
        let mut command = session.command("secret-tool");
        command.args(["store", "--label=test", "oriel", "test"]);
        std::thread::spawn(move || process::run_with_input(&mut command, b"value"))
    };
    let shot = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("new.png");
    let display = session.display().unwrap();
    display
        .answer(
            Answer::NewPassword(PASSWORD),
            Duration::from_secs(30),
            Some(&shot),
        )
        .unwrap();
    waiting.join().unwrap().unwrap();
    assert_eq!(lookup(&session).unwrap(), "value");
    assert!(session.data().join("keyrings").read_dir().unwrap().count() > 0);
}

#[test]
fn a_session_daemon_runs_a_guest_that_outlives_it() {
    let session = session(Keyring::None, false);
    let mut daemon = SessionDaemon::start(&session, false, Some(probes())).unwrap();
    let guest = Guest::build(session.dir()).unwrap();
    let mut domain = Domain::new(unique_name("session"), &guest);
    domain.serial = Some(session.dir().join("serial.log"));
    let xml = session.dir().join("guest.xml");
    std::fs::write(&xml, domain.to_xml()).unwrap();
    daemon.virsh(&["create", xml.to_str().unwrap()]).unwrap();
    let serial = domain.serial.clone().unwrap();
    guest::await_serial(&serial, "oriel: ready", Duration::from_secs(90)).unwrap();
    // A user's plain URI means this daemon inside the session; root's does not.
    let uri = if oriel_sandbox::is_root() {
        daemon.uri()
    } else {
        "qemu:///session".into()
    };
    let mut command = session.command("virsh");
    command.args(["-c", &uri, "list", "--name"]);
    assert!(process::run(&mut command).unwrap().contains(&domain.name));

    daemon.kill9().unwrap();
    assert!(daemon.virsh(&["list"]).is_err());
    daemon.restart().unwrap();
    assert!(
        daemon
            .virsh(&["list", "--name"])
            .unwrap()
            .contains(&domain.name)
    );

    let dir = session.dir().to_owned();
    drop(daemon);
    drop(session);
    assert!(!dir.exists(), "the folder is left");
    let left = std::process::Command::new("pgrep")
        .args(["-f", &domain.name])
        .output()
        .unwrap();
    assert!(left.stdout.is_empty(), "the guest is left");
}

#[test]
fn a_desktop_has_a_window_manager_and_an_accessibility_bus() {
    let session = Session::start(&SessionOptions {
        display: true,
        desktop: true,
        ..SessionOptions::default()
    })
    .unwrap();
    let managed = process::run(session.command("xdotool").arg("get_num_desktops")).unwrap();
    assert_eq!(managed.trim(), "1");
    let mut ask = session.command("dbus-send");
    ask.args(["--session", "--print-reply=literal", "--dest=org.a11y.Bus"]);
    ask.args(["/org/a11y/bus", "org.a11y.Bus.GetAddress"]);
    let address = process::run(&mut ask).unwrap();
    let own = session.dir().to_string_lossy().into_owned();
    assert!(address.contains(&own), "not ours: {address}");
}
