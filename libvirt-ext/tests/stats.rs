// SPDX-License-Identifier: GPL-3.0-or-later
//! Bulk statistics on libvirt's test driver: right, and nothing leaked.
//!
//! Each test wants a process of its own, as nextest gives it: connections to `test:///default`
//! within one process share one host.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use libvirt_ext::ParamValue;
use libvirt_ext::stats::{StatsFlags, StatsGroups, all_domain_stats};
use virt::connect::Connect;

/// Resident memory of this process in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn open() -> Connect {
    libvirt_ext::initialize().unwrap();
    Connect::open(Some("test:///default")).unwrap()
}

#[test]
fn a_running_guests_figures() {
    let conn = open();
    let dom = conn.lookup_domain_by_name("test").unwrap();
    let all = all_domain_stats(&conn, StatsGroups::ALL, StatsFlags::NONE).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].name, "test");
    assert_eq!(all[0].uuid, dom.uuid().unwrap());
    assert_eq!(all[0].id, dom.id());
    assert_eq!(all[0].get("state.state"), Some(&ParamValue::Int(1)));
    assert_eq!(all[0].get("no such"), None);
    let off = all_domain_stats(&conn, StatsGroups::STATE, StatsFlags::INACTIVE).unwrap();
    assert!(off.is_empty(), "{off:?}");
    // What a driver says that does not know the flag.
    let error = all_domain_stats(
        &conn,
        StatsGroups::STATE | StatsGroups::CPU_TOTAL,
        StatsFlags::ACTIVE | StatsFlags::NOWAIT,
    );
    if let Err(error) = error {
        assert!(
            error.is_invalid_argument() || error.is_unsupported(),
            "{error:?}"
        );
    }
}

#[test]
fn nothing_is_leaked() {
    let conn = open();
    let read = |times: u32| {
        for _ in 0..times {
            let all = all_domain_stats(&conn, StatsGroups::ALL, StatsFlags::NONE).unwrap();
            assert_eq!(all.len(), 1);
        }
    };
    read(1_000);
    let before = resident_kib();
    read(100_000);
    let grown = resident_kib().saturating_sub(before);
    assert!(grown < 2 * 1024, "grown by {grown} KiB");
}
