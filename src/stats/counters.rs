// SPDX-License-Identifier: GPL-3.0-or-later
//! One reading of libvirt's counters.
//!
//! QEMU gives all of them for many guests in one call that waits for none of them. Drivers that
//! give less in bulk (the test driver has only the state there, LXC has no bulk figures) are asked
//! guest by guest for the processor time and memory.

use std::collections::HashMap;
use std::time::Instant;

use libvirt_ext::ParamValue;
use libvirt_ext::stats::{DomainStats, StatsFlags, StatsGroups, domain_stats};
use uuid::Uuid;
use virt::domain::Domain;

use crate::connection::Handles;
use crate::error::Result;

/// What a guest has used since it started. A counter that its driver does not have is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    /// When it was read.
    pub at: Instant,
    /// Processor time of all its processors, in nanoseconds.
    pub cpu_ns: Option<u64>,
    /// Its processors now.
    pub vcpus: Option<u32>,
    /// Memory that the host gives it, in KiB.
    pub memory_kib: Option<u64>,
    /// Memory that the system in it has in use, in KiB, if its balloon driver tells.
    pub memory_used_kib: Option<u64>,
    /// Bytes read from all its disks.
    pub disk_read: Option<u64>,
    /// Bytes written to all its disks.
    pub disk_written: Option<u64>,
    /// Bytes received by all its interfaces.
    pub net_received: Option<u64>,
    /// Bytes sent by all its interfaces.
    pub net_sent: Option<u64>,
}

/// Reads the counters of those of the guests that run. Blocks.
pub(super) fn read(handles: &Handles, guests: &[Uuid]) -> Result<HashMap<Uuid, Counters>> {
    let domains: Vec<Domain> = guests
        .iter()
        .filter_map(|uuid| handles.main.lookup_domain_by_uuid(*uuid).ok())
        // A guest that is off has no number.
        .filter(|domain| domain.id().is_some())
        .collect();
    let groups =
        StatsGroups::CPU_TOTAL | StatsGroups::VCPU | StatsGroups::BALLOON | StatsGroups::BLOCK;
    let groups = groups | StatsGroups::INTERFACE;
    let bulk = match domain_stats(&domains, groups, StatsFlags::NOWAIT) {
        Err(error) if error.is_invalid_argument() => {
            domain_stats(&domains, groups, StatsFlags::NONE)
        }
        result => result,
    };
    let bulk: HashMap<Uuid, DomainStats> = match bulk {
        Ok(all) => all.into_iter().map(|stats| (stats.uuid, stats)).collect(),
        Err(error) if error.is_unsupported() => HashMap::new(),
        Err(error) => return Err(handles.failed("read what guests use", error)),
    };
    let mut found = HashMap::with_capacity(domains.len());
    for domain in &domains {
        let Ok(uuid) = domain.uuid() else { continue };
        let mut counters = bulk.get(&uuid).map_or_else(Counters::none, Counters::of);
        if counters.cpu_ns.is_none() {
            counters.ask(domain);
        }
        found.insert(uuid, counters);
    }
    Ok(found)
}

impl Counters {
    fn none() -> Self {
        Self {
            at: Instant::now(),
            cpu_ns: None,
            vcpus: None,
            memory_kib: None,
            memory_used_kib: None,
            disk_read: None,
            disk_written: None,
            net_received: None,
            net_sent: None,
        }
    }

    fn of(stats: &DomainStats) -> Self {
        let one = |name| stats.get(name).and_then(ParamValue::as_u64);
        let memory_kib = one("balloon.current");
        // Memory that could be used again at once does not count as used.
        let spare = one("balloon.usable").or_else(|| one("balloon.unused"));
        let available = one("balloon.available");
        Self {
            cpu_ns: one("cpu.time"),
            vcpus: one("vcpu.current").and_then(|count| u32::try_from(count).ok()),
            memory_kib,
            memory_used_kib: available
                .zip(spare)
                .map(|(available, spare)| available.saturating_sub(spare)),
            disk_read: sum(stats, "block.", ".rd.bytes"),
            disk_written: sum(stats, "block.", ".wr.bytes"),
            net_received: sum(stats, "net.", ".rx.bytes"),
            net_sent: sum(stats, "net.", ".tx.bytes"),
            ..Self::none()
        }
    }

    /// What `virDomainGetInfo` has.
    fn ask(&mut self, domain: &Domain) {
        if let Ok(info) = domain.info() {
            self.cpu_ns = Some(info.cpu_time);
            self.vcpus = Some(info.nr_virt_cpu);
            self.memory_kib = Some(info.memory);
        }
    }
}

/// The sum over all devices of one figure; `None` if no device has it.
fn sum(stats: &DomainStats, group: &str, figure: &str) -> Option<u64> {
    stats
        .params
        .iter()
        .filter(|(name, _)| name.starts_with(group) && name.ends_with(figure))
        .filter_map(|(_, value)| value.as_u64())
        .fold(None, |sum, value| {
            Some(sum.unwrap_or(0_u64).saturating_add(value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_that_pass_all_bounds_do_no_harm() {
        let counters = Counters::of(&stats(&[
            ("block.0.rd.bytes", u64::MAX),
            ("block.1.rd.bytes", 5),
        ]));
        assert_eq!(counters.disk_read, Some(u64::MAX));
    }

    fn stats(params: &[(&str, u64)]) -> DomainStats {
        DomainStats {
            uuid: Uuid::nil(),
            name: "x".into(),
            id: Some(1),
            params: params
                .iter()
                .map(|(name, value)| ((*name).to_owned(), ParamValue::ULLong(*value)))
                .collect(),
        }
    }

    #[test]
    fn devices_are_added_up_and_what_is_not_told_is_none() {
        let counters = Counters::of(&stats(&[
            ("cpu.time", 7),
            ("block.count", 2),
            ("block.0.rd.bytes", 10),
            ("block.1.rd.bytes", 5),
            ("balloon.current", 1000),
            ("balloon.available", 900),
            ("balloon.usable", 600),
        ]));
        assert_eq!(counters.cpu_ns, Some(7));
        assert_eq!(counters.disk_read, Some(15));
        assert_eq!(counters.disk_written, None);
        assert_eq!(counters.net_sent, None);
        assert_eq!(
            (counters.memory_kib, counters.memory_used_kib),
            (Some(1000), Some(300))
        );
    }
}
