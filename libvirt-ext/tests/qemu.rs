// SPDX-License-Identifier: GPL-3.0-or-later
//! A real guest in an embedded QEMU driver: its events, limits, figures and screen.
//!
//! It is kept paused, so that it costs no CPU.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use libvirt_ext::events::{DomainEvent, Event, LifecycleKind, subscribe};
use libvirt_ext::stats::{StatsFlags, StatsGroups, all_domain_stats};
use libvirt_ext::{Error, ParamValue, connection, domain, screenshot};
use virt::connect::Connect;
use virt::domain::Domain;

const LIVE: u32 = 1;
const CONFIG: u32 = 2;
const START_PAUSED: u32 = 1;

fn xml(name: &str) -> String {
    format!(
        "<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <video><model type='vga'/></video>
    <graphics type='vnc' autoport='yes'/>
    <memballoon model='none'/>
  </devices>
</domain>"
    )
}

/// A driver below `root`; `None`, with a word, where there cannot be one.
fn open(root: &Path) -> Option<Connect> {
    // SAFETY: only reads.
    let is_root = unsafe { libc::geteuid() } == 0;
    if !is_root || !Path::new("/usr/bin/qemu-system-x86_64").exists() {
        println!("SKIP: an embedded QEMU driver with limits needs root and QEMU for x86");
        return None;
    }
    fs::create_dir_all(root.join("etc")).unwrap();
    let conf = "user = \"root\"\ngroup = \"root\"\nsecurity_driver = \"none\"\n\
                stdio_handler = \"file\"\nremember_owner = 0\n";
    fs::write(root.join("etc/qemu.conf"), conf).unwrap();
    libvirt_ext::initialize().unwrap();
    let uri = format!("qemu:///embed?root={}", root.display());
    Some(Connect::open(Some(&uri)).unwrap())
}

/// Waits for an event of guests that `wanted` takes.
fn wait<T>(events: &Receiver<Event>, wanted: impl Fn(&DomainEvent) -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let event = events.recv_timeout(left).expect("the event did not come");
        if let Event::Domain { event, .. } = &event
            && let Some(found) = wanted(event)
        {
            return found;
        }
    }
}

fn kind(wanted: LifecycleKind) -> impl Fn(&DomainEvent) -> Option<&'static str> {
    move |event| match event {
        DomainEvent::Lifecycle { kind, detail } if *kind == wanted => Some(*detail),
        _ => None,
    }
}

/// Ends the guest whatever becomes of the test.
struct Ended(Domain);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.destroy();
    }
}

#[test]
fn a_real_guest_from_definition_to_end() {
    let dir = tempfile::tempdir().unwrap();
    let Some(conn) = open(dir.path()) else { return };
    assert!(connection::is_alive(&conn).unwrap());
    let (sender, events) = channel();
    let subscription = subscribe(&conn, move |event| {
        let _ = sender.send(event);
    })
    .unwrap();
    for refused in subscription.unsupported() {
        println!("refused: {} ({})", refused.event, refused.reason);
        let newer = [
            "domain/vcpu-removed",
            "domain/channel-lifecycle",
            "domain/nic-mac-change",
        ];
        assert!(
            !refused.event.starts_with("domain/") || newer.contains(&refused.event),
            "{refused:?}"
        );
    }

    let name = format!("ext-{}", std::process::id());
    let guest = Ended(conn.define_domain_xml(&xml(&name)).unwrap());
    let dom = &guest.0;
    assert_eq!(wait(&events, kind(LifecycleKind::Defined)), "added");
    let error = domain::managed_save_xml(dom, true).unwrap_err();
    assert!(!error.is_connection_lost(), "{error:?}");
    dom.create_with_flags(START_PAUSED).unwrap();
    assert_eq!(wait(&events, kind(LifecycleKind::Started)), "booted");

    let limits = domain::scheduler_parameters(dom, LIVE).unwrap();
    assert!(
        limits.iter().any(|(name, _)| name == "cpu_shares"),
        "{limits:?}"
    );
    let shares = ParamValue::ULLong(500);
    domain::set_scheduler_parameter(dom, "cpu_shares", &shares, LIVE | CONFIG).unwrap();
    let params = wait(&events, |event| match event {
        DomainEvent::Tunable { params } => Some(params.clone()),
        _ => None,
    });
    assert_eq!(
        params,
        vec![("cputune.cpu_shares".to_owned(), shares.clone())]
    );
    for flags in [LIVE, CONFIG] {
        let limits = domain::scheduler_parameters(dom, flags).unwrap();
        assert!(
            limits.contains(&("cpu_shares".to_owned(), shares.clone())),
            "{limits:?}"
        );
    }
    let limit = ParamValue::ULLong(2 * 1024 * 1024);
    domain::set_memory_parameter(dom, "hard_limit", &limit, LIVE).unwrap();
    let limits = domain::memory_parameters(dom, LIVE).unwrap();
    assert!(
        limits.contains(&("hard_limit".to_owned(), limit)),
        "{limits:?}"
    );
    let wrong = domain::set_scheduler_parameter(dom, "cpu_shares", &ParamValue::Int(-1), LIVE);
    assert!(wrong.is_err());

    let flags = StatsFlags::ACTIVE | StatsFlags::NOWAIT;
    let groups = StatsGroups::STATE | StatsGroups::CPU_TOTAL | StatsGroups::BALLOON;
    let all = all_domain_stats(&conn, groups, flags).unwrap();
    let own = all.iter().find(|stats| stats.name == name).unwrap();
    assert!(
        own.get("cpu.time").and_then(ParamValue::as_u64).is_some(),
        "{own:?}"
    );
    assert_eq!(own.id, dom.id());

    let take = |screen, limit| {
        screenshot::screenshot(dom, screen, limit, |mime, bytes| {
            let mut all = Vec::new();
            let _ = bytes.read_to_end(&mut all);
            (mime.to_owned(), all)
        })
    };
    let picture = take(0, 64 << 20).unwrap();
    println!("screen: {}, {} bytes", picture.0, picture.1.len());
    let start: &[u8] = match picture.0.as_str() {
        "image/png" => b"\x89PNG\r\n\x1a\n",
        _ => b"P6",
    };
    assert!(picture.1.starts_with(start), "{}", picture.0);
    let small = take(0, 100);
    assert!(matches!(small, Err(Error::PictureTooLarge { limit: 100 })));
    assert!(take(7, 100).is_err(), "no such screen");

    dom.destroy().unwrap();
    assert_eq!(wait(&events, kind(LifecycleKind::Stopped)), "destroyed");
    let off = take(0, 100).unwrap_err();
    assert!(off.is_wrong_state(), "{off:?}");
    dom.undefine().unwrap();
    assert_eq!(wait(&events, kind(LifecycleKind::Undefined)), "removed");
}
