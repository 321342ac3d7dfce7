// SPDX-License-Identifier: GPL-3.0-or-later
//! Reading controls back: configured, live, and from the kernel.

use std::path::Path;

use super::{
    ControlReading, KernelReading, QEMU_MARGIN_KIB, Tuning, limit_kib, shares_range, unavailable,
};
use crate::cgroup::subject::{Subject, subject};
use crate::cgroup::{CgroupVersion, KernelNumber, KernelValue};
use crate::connection::{Class, Connection};
use crate::driver::{Domain, Driver, Live, Which};
use crate::model::control::Group;
use crate::model::error::Result;
use crate::model::error::failure::Failure;
use crate::model::guest::Guest;
use crate::xml::{DomainSummary, UNLIMITED_KIB};

/// Reads the controls of a guest.
///
/// # Errors
/// [`crate::Error::Libvirt`] if its definition can't be read.
pub async fn read(connection: &Connection, guest: &Guest) -> Result<Tuning> {
    let uuid = guest.uuid;
    let active = guest.state.is_active();
    let persistent = guest.persistent;
    let reason = unavailable(connection.uri());
    let possible = reason.is_none();
    let mut tuning = connection
        .calls()
        .run_on(
            uuid,
            Class::Ordinary,
            "read the resource controls",
            move |driver| {
                let domain = driver.domain(uuid)?;
                configured_and_live(driver, &domain, active && possible, persistent)
            },
        )
        .await?;
    tuning.active = active;
    tuning.cpu_shares.range = Some(shares_range(connection.uri()));
    if reason.is_some() {
        tuning.cpu_shares.unavailable.clone_from(&reason);
        tuning.memory_limit.unavailable = reason;
    }
    if active && possible && connection.is_local() {
        let subject = subject(guest);
        let (shares, limit) = tokio::task::spawn_blocking(move || kernel(&subject))
            .await
            .unwrap_or_default();
        tuning.cpu_shares.kernel = shares;
        tuning.memory_limit.kernel = limit;
    }
    Ok(tuning)
}

fn configured_and_live(
    driver: &Driver,
    domain: &Domain,
    active: bool,
    persistent: bool,
) -> Result<Tuning> {
    let which = if persistent {
        Which::NextStart
    } else {
        Which::Now
    };
    let read = |failure| driver.failed("read the virtual machine", failure);
    let xml = domain.document(which).map_err(read)?;
    let summary = DomainSummary::parse(xml.as_bytes())?;
    let mut shares = ControlReading {
        configured: summary.cpu_shares,
        ..ControlReading::default()
    };
    let mut limit = ControlReading {
        configured: limit_kib(&summary).map(|kib| kib.saturating_mul(1024)),
        // More than the host has is no limit; a driver that does not tell has no range.
        range: driver
            .host_memory_kib()
            .ok()
            .map(|kib| (QEMU_MARGIN_KIB * 1024, kib.saturating_mul(1024))),
        ..ControlReading::default()
    };
    if active {
        match domain.live_controls(Group::Scheduler) {
            Ok(values) => {
                shares.live = value_of(&values, "cpu_shares");
                shares.unavailable = absent(&values, "cpu_shares", "CPU shares");
            }
            Err(error) => shares.unavailable = Some(refused(&error, "CPU shares")),
        }
        match domain.live_controls(Group::Memory) {
            Ok(values) => {
                limit.live = value_of(&values, "hard_limit")
                    .filter(|kib| *kib < UNLIMITED_KIB)
                    .map(|kib| kib.saturating_mul(1024));
                limit.unavailable = absent(&values, "hard_limit", "memory limit");
            }
            Err(error) => limit.unavailable = Some(refused(&error, "memory limit")),
        }
    }
    Ok(Tuning {
        name: domain.name(),
        uuid: domain.uuid().map_err(read)?,
        active,
        cpu_shares: shares,
        memory_limit: limit,
    })
}

/// Why a control can't be had, by what the driver said.
fn refused(failure: &Failure, words: &str) -> String {
    if failure.is_unknown() {
        format!("the driver of this hypervisor has no {words} ({failure})")
    } else {
        failure.to_string()
    }
}

/// Why a control can't be had, if the driver does not know it by that name.
fn absent(values: &Live, name: &str, words: &str) -> Option<String> {
    (!values.iter().any(|(key, _)| key == name))
        .then(|| format!("the driver of this hypervisor has no {words}"))
}

fn value_of(values: &Live, name: &str) -> Option<u64> {
    values
        .iter()
        .find(|(key, _)| key == name)
        .and_then(|(_, value)| *value)
}

/// The version of control groups that this host sets CPU weights with.
pub(crate) fn version() -> Option<CgroupVersion> {
    CgroupVersion::of_host(Path::new("/")).ok()
}

/// The memory that a running guest uses, in bytes, if the kernel tells. Blocks.
pub(crate) fn memory_used(subject: &Subject) -> Option<u64> {
    match subject.cgroup().ok()?.memory_usage().ok()?.value {
        KernelNumber::Number(bytes) => Some(bytes),
        KernelNumber::Unlimited => None,
    }
}

fn kernel(subject: &Subject) -> (Option<KernelReading>, Option<KernelReading>) {
    let Ok(group) = subject.cgroup() else {
        return (None, None);
    };
    (
        group.cpu_shares().ok().map(KernelReading::from),
        group.memory_limit().ok().map(KernelReading::from),
    )
}

impl From<KernelValue> for KernelReading {
    fn from(value: KernelValue) -> Self {
        Self {
            path: value.path,
            value: match value.value {
                KernelNumber::Number(number) => Some(number),
                KernelNumber::Unlimited => None,
            },
            raw: value.raw,
        }
    }
}
