// SPDX-License-Identifier: GPL-3.0-or-later
//! Counters of what guests use.
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

use super::{Answer, Driver};
use crate::model::counters::Counters;

impl Driver {
    /// The counters of those of the guests that run.
    pub(crate) fn counters(&self, guests: &[Uuid]) -> Answer<HashMap<Uuid, Counters>> {
        let domains: Vec<Domain> = guests
            .iter()
            .filter_map(|uuid| self.main.lookup_domain_by_uuid(*uuid).ok())
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
            Err(error) => return Err(error.into()),
        };
        let mut found = HashMap::with_capacity(domains.len());
        for domain in &domains {
            let Ok(uuid) = domain.uuid() else { continue };
            let mut counters = bulk.get(&uuid).map_or_else(none, counters_of);
            if counters.cpu_ns.is_none() {
                ask(&mut counters, domain);
            }
            found.insert(uuid, counters);
        }
        Ok(found)
    }
}

fn none() -> Counters {
    Counters {
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

fn counters_of(stats: &DomainStats) -> Counters {
    let one = |name| stats.get(name).and_then(ParamValue::as_u64);
    let memory_kib = one("balloon.current");
    // Memory that could be used again at once does not count as used.
    let spare = one("balloon.usable").or_else(|| one("balloon.unused"));
    let available = one("balloon.available");
    Counters {
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
        ..none()
    }
}

/// What `virDomainGetInfo` has.
fn ask(counters: &mut Counters, domain: &Domain) {
    if let Ok(info) = domain.info() {
        counters.cpu_ns = Some(info.cpu_time);
        counters.vcpus = Some(info.nr_virt_cpu);
        counters.memory_kib = Some(info.memory);
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
    use uuid::Uuid;

    #[test]
    fn figures_that_pass_all_bounds_do_no_harm() {
        let counters = counters_of(&stats(&[
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
        let counters = counters_of(&stats(&[
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
