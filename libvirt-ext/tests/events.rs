// SPDX-License-Identifier: GPL-3.0-or-later
//! Events of libvirt's own test driver, from registering to the end of the subscription.
//!
//! Each test wants a process of its own, as nextest gives it: connections to `test:///default`
//! within one process share one host.

// Helpers of tests may panic like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use libvirt_ext::events::{
    DomainEvent, Event, FieldValue, LifecycleKind, NetworkEvent, StoragePoolEvent, Subscription,
    subscribe,
};
use virt::connect::Connect;

const PATIENCE: Duration = Duration::from_secs(10);

fn open() -> Connect {
    libvirt_ext::initialize().unwrap();
    Connect::open(Some("test:///default")).unwrap()
}

fn listen(conn: &Connect) -> (Subscription, Receiver<Event>) {
    let (sender, receiver) = channel();
    let subscription = subscribe(conn, move |event| {
        let _ = sender.send(event);
    })
    .unwrap();
    (subscription, receiver)
}

/// The first event that `wanted` takes; those before it are passed over.
fn wait<T>(events: &Receiver<Event>, wanted: impl Fn(&Event) -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let event = events.recv_timeout(left).expect("the event did not come");
        if let Some(found) = wanted(&event) {
            return found;
        }
    }
}

fn lifecycle(event: &Event) -> Option<(String, LifecycleKind, &'static str, Option<u32>)> {
    match event {
        Event::Domain {
            domain,
            event: DomainEvent::Lifecycle { kind, detail },
        } => Some((domain.name.clone(), *kind, detail, domain.id)),
        _ => None,
    }
}

#[test]
fn a_guests_life_is_told_step_by_step() {
    let conn = open();
    let (subscription, events) = listen(&conn);
    let dom = conn.lookup_domain_by_name("test").unwrap();
    let uuid = dom.uuid().unwrap();

    let step = |kind: LifecycleKind, detail: &str| {
        let (name, got_kind, got_detail, _) = wait(&events, lifecycle);
        assert_eq!(
            (name.as_str(), got_kind, got_detail),
            ("test", kind, detail)
        );
    };
    dom.suspend().unwrap();
    step(LifecycleKind::Suspended, "paused");
    dom.resume().unwrap();
    step(LifecycleKind::Resumed, "unpaused");
    dom.destroy().unwrap();
    step(LifecycleKind::Stopped, "destroyed");
    dom.create().unwrap();
    let event = wait(&events, |event| lifecycle(event).map(|_| event.clone()));
    assert_eq!((event.object(), event.name()), ("domain", "lifecycle"));
    assert_eq!(
        event.fields(),
        vec![
            ("kind".into(), FieldValue::Str("started".into())),
            ("detail".into(), FieldValue::Str("booted".into())),
        ]
    );
    let Event::Domain { domain, .. } = event else {
        panic!("not a guest's event")
    };
    assert_eq!(domain.uuid, uuid);
    assert_eq!(domain.id, dom.id(), "a running guest has its number");
    dom.destroy().unwrap();
    step(LifecycleKind::Stopped, "destroyed");
    dom.undefine().unwrap();
    step(LifecycleKind::Undefined, "removed");
    drop(subscription);
}

#[test]
fn networks_and_pools_are_told() {
    let conn = open();
    let (_subscription, events) = listen(&conn);

    let net = conn.lookup_network_by_name("default").unwrap();
    let uuid = net.uuid().unwrap();
    net.destroy().unwrap();
    net.create().unwrap();
    for wanted in ["stopped", "started"] {
        let (name, id, action) = wait(&events, |event| match event {
            Event::Network {
                name,
                uuid,
                event: NetworkEvent::Lifecycle { action },
            } => Some((name.clone(), *uuid, *action)),
            _ => None,
        });
        assert_eq!((name.as_str(), id, action), ("default", uuid, wanted));
    }

    let pool = conn.lookup_storage_pool_by_name("default-pool").unwrap();
    let uuid = pool.uuid().unwrap();
    pool.refresh(0).unwrap();
    pool.destroy().unwrap();
    let pool_event = |event: &Event| match event {
        Event::StoragePool { name, uuid, event } => Some((name.clone(), *uuid, *event)),
        _ => None,
    };
    let refreshed = wait(&events, pool_event);
    assert_eq!(
        refreshed,
        ("default-pool".into(), uuid, StoragePoolEvent::Refresh)
    );
    let (_, _, stopped) = wait(&events, pool_event);
    assert_eq!(stopped, StoragePoolEvent::Lifecycle { action: "stopped" });
}

#[test]
fn what_the_driver_lacks_is_set_aside_with_its_reason() {
    let conn = open();
    let (subscription, _events) = listen(&conn);
    let refused: Vec<_> = subscription
        .unsupported()
        .iter()
        .map(|refused| refused.event)
        .collect();
    // The test driver has no secrets; guests', networks' and pools' events it has.
    assert!(refused.contains(&"secret/lifecycle"), "{refused:?}");
    assert!(refused.contains(&"secret/value-changed"), "{refused:?}");
    for name in ["domain/lifecycle", "domain/tunable", "network/lifecycle"] {
        assert!(!refused.contains(&name), "{refused:?}");
    }
    for refused in subscription.unsupported() {
        assert!(!refused.reason.to_string().is_empty());
    }
}

#[test]
fn nothing_comes_after_the_drop_and_the_closure_goes() {
    struct Marker(Arc<AtomicUsize>);
    impl Drop for Marker {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    let conn = open();
    let dom = conn.lookup_domain_by_name("test").unwrap();
    let gone = Arc::new(AtomicUsize::new(0));
    for round in 1..=20 {
        let count = Arc::new(AtomicUsize::new(0));
        let (seen, marker) = (Arc::clone(&count), Marker(Arc::clone(&gone)));
        let subscription = subscribe(&conn, move |_| {
            let _keep = &marker;
            seen.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
        // An event is on its way while the subscription ends.
        dom.suspend().unwrap();
        dom.resume().unwrap();
        drop(subscription);
        let at_end = count.load(Ordering::SeqCst);
        assert_eq!(gone.load(Ordering::SeqCst), round, "the closure went, once");
        dom.suspend().unwrap();
        dom.resume().unwrap();
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(
            count.load(Ordering::SeqCst),
            at_end,
            "an event after the drop"
        );
        assert_eq!(Arc::strong_count(&count), 1);
    }
}

#[test]
fn one_subscription_per_connection_and_again_after_the_drop() {
    let conn = open();
    let (first, events) = listen(&conn);
    let second = subscribe(&conn, |_| {});
    assert!(second.is_err(), "libvirt knows its callbacks by function");
    // The failed one has taken nothing of the first away.
    let dom = conn.lookup_domain_by_name("test").unwrap();
    dom.suspend().unwrap();
    assert_eq!(wait(&events, lifecycle).1, LifecycleKind::Suspended);
    drop(first);
    let (_third, events) = listen(&conn);
    dom.resume().unwrap();
    assert_eq!(wait(&events, lifecycle).1, LifecycleKind::Resumed);
}

#[test]
fn a_closure_may_panic_and_may_end_its_own_subscription() {
    let conn = open();
    let dom = conn.lookup_domain_by_name("test").unwrap();
    let (sender, events) = channel();
    let own: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let inside = Arc::clone(&own);
    let subscription = subscribe(&conn, move |event| {
        let _ = sender.send(event.clone());
        match lifecycle(&event).map(|(_, kind, ..)| kind) {
            Some(LifecycleKind::Suspended) => panic!("a test's panic, which must not spread"),
            Some(LifecycleKind::Resumed) => drop(inside.lock().unwrap().take()),
            _ => {}
        }
    })
    .unwrap();
    *own.lock().unwrap() = Some(subscription);
    dom.suspend().unwrap();
    assert_eq!(wait(&events, lifecycle).1, LifecycleKind::Suspended);
    dom.resume().unwrap();
    assert_eq!(wait(&events, lifecycle).1, LifecycleKind::Resumed);
    // The sender goes with the closure, on a thread of its own.
    let end = Instant::now() + PATIENCE;
    while !matches!(
        events.recv_timeout(Duration::from_millis(20)),
        Err(std::sync::mpsc::RecvTimeoutError::Disconnected)
    ) {
        assert!(Instant::now() < end, "the subscription did not end");
    }
    assert!(own.lock().unwrap().is_none());
    // The event loop is still well.
    let (_next, events) = listen(&conn);
    dom.suspend().unwrap();
    assert_eq!(wait(&events, lifecycle).1, LifecycleKind::Suspended);
}

#[test]
fn a_subscription_outlives_the_callers_handle() {
    let conn = open();
    let dom = conn.lookup_domain_by_name("test").unwrap();
    let (subscription, events) = listen(&conn);
    drop(conn);
    dom.suspend().unwrap();
    assert_eq!(wait(&events, lifecycle).1, LifecycleKind::Suspended);
    drop(dom);
    drop(subscription);
}
