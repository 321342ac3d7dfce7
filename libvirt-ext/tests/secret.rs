// SPDX-License-Identifier: GPL-3.0-or-later
//! Secrets: their events, their values, and what is left of a value in this process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use libvirt_ext::events::{CloseReason, Event, SecretEvent, Subscription, subscribe};
use libvirt_ext::memory::LockedBuffer;
use libvirt_ext::{Error, connection, secret};
use support::{Daemon, Needle, random_bytes};
use virt::connect::Connect;
use virt::secret::Secret;
use zeroize::Zeroize;

const UUID: &str = "5e5f4a6e-0d6f-4a52-9c0e-6f2a4d1f7b11";

fn listen(conn: &Connect) -> (Subscription, Receiver<Event>) {
    let (sender, receiver) = channel();
    let subscription = subscribe(conn, move |event| {
        let _ = sender.send(event);
    });
    (subscription.unwrap(), receiver)
}

fn define(conn: &Connect) -> Secret {
    let xml = format!(
        "<secret ephemeral='yes' private='yes'><uuid>{UUID}</uuid>
         <usage type='volume'><volume>/images/guest &amp; co.qcow2</volume></usage></secret>"
    );
    conn.define_secret_xml(&xml, 0).unwrap()
}

fn next(events: &Receiver<Event>) -> SecretEvent {
    loop {
        let event = events.recv_timeout(Duration::from_secs(10)).unwrap();
        if let Event::Secret {
            uuid,
            usage_type,
            usage_id,
            event,
        } = event
        {
            assert_eq!(uuid.to_string(), UUID);
            assert_eq!(usage_type, "volume");
            assert_eq!(usage_id, "/images/guest & co.qcow2");
            return event;
        }
    }
}

fn life(conn: &Connect, events: &Receiver<Event>) {
    let object = define(conn);
    assert_eq!(next(events), SecretEvent::Lifecycle { action: "defined" });
    let value = LockedBuffer::from_slice("пароль 密码 🔑 ß".as_bytes()).unwrap();
    secret::set_value(&object, &value).unwrap();
    assert_eq!(next(events), SecretEvent::ValueChanged);
    object.undefine().unwrap();
    assert_eq!(
        next(events),
        SecretEvent::Lifecycle {
            action: "undefined"
        }
    );
    let error = secret::set_value(&object, &value).unwrap_err();
    assert!(error.is_no_secret() && error.is_not_found(), "{error:?}");
}

#[test]
fn an_embedded_drivers_secrets_are_told() {
    // SAFETY: only reads.
    if unsafe { libc::geteuid() } != 0 {
        println!("SKIP: the embedded secret driver is tried as root");
        return;
    }
    libvirt_ext::initialize().unwrap();
    // libvirt 9.0 (Debian 12): its driver jumps to a null pointer in virSecretDefineXML, seen with
    // gdb. 11.3 does not; the engine never defines a secret there.
    if Connect::version().unwrap() < 11_000_000 {
        println!("SKIP: this libvirt's embedded secret driver crashes when a secret is defined");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let uri = format!("secret:///embed?root={}", dir.path().display());
    let conn = Connect::open(Some(&uri)).unwrap();
    let (subscription, events) = listen(&conn);
    assert!(
        !subscription
            .unsupported()
            .iter()
            .any(|refused| refused.event.starts_with("secret/")),
        "{subscription:?}"
    );
    life(&conn, &events);
    drop(subscription);
}

#[test]
fn a_daemons_secrets_are_told_and_its_end_too() {
    libvirt_ext::initialize().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let Some(mut daemon) = Daemon::start(dir.path()) else {
        return;
    };
    let conn = Connect::open(Some(&daemon.uri("qemu", "system"))).unwrap();
    assert!(connection::is_secure(&conn).unwrap());
    assert!(connection::is_alive(&conn).unwrap());
    let (subscription, events) = listen(&conn);
    println!("refused: {:?}", subscription.unsupported());
    life(&conn, &events);

    daemon.kill();
    let reason = loop {
        let event = events.recv_timeout(Duration::from_secs(10)).unwrap();
        if let Event::Closed { reason } = event {
            break reason;
        }
    };
    assert!(
        matches!(reason, CloseReason::EndOfFile | CloseReason::Error),
        "{reason:?}"
    );
    assert!(!connection::is_alive(&conn).unwrap());
    let error: Error = conn.list_all_domains(0).unwrap_err().into();
    assert!(error.is_connection_lost(), "{error:?}");
    drop(subscription);
    // Everything is let go: the sender was in the closure.
    assert!(events.recv_timeout(Duration::from_secs(10)).is_err());
    let again = subscribe(&conn, |_| {});
    let error = again.unwrap_err();
    assert!(error.is_connection_lost(), "{error:?}");
}

#[test]
fn no_copy_of_a_value_is_left_in_this_process() {
    libvirt_ext::initialize().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let Some(daemon) = Daemon::start(dir.path()) else {
        return;
    };
    let conn = Connect::open(Some(&daemon.uri("qemu", "system"))).unwrap();
    let object = define(&conn);
    for length in [16, 40, 200, 900, 5000] {
        let mut clear = random_bytes(length);
        let needle = Needle::new(&clear);
        let value = LockedBuffer::from_slice(&clear).unwrap();
        clear.zeroize();
        secret::set_value(&object, &value).unwrap();
        drop(value);
        assert_eq!(needle.count_in_memory(), 0, "{length} bytes");
    }
    object.undefine().unwrap();
}
