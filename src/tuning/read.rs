// SPDX-License-Identifier: GPL-3.0-or-later
//! Reading controls back: configured, live, and from the kernel.

use libvirt_ext::ParamValue;
use virt::domain::Domain;
use virt::sys;

use super::{ControlReading, KernelReading, Tuning, limit_kib, shares_range, unavailable};
use crate::connection::{Class, Connection, Handles};
use crate::domain::Guest;
use crate::error::Result;
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
        .run(
            Class::Ordinary,
            "read the resource controls",
            move |handles| {
                let domain = handles.domain(uuid)?;
                configured_and_live(handles, &domain, active && possible, persistent)
            },
        )
        .await?;
    tuning.active = active;
    tuning.cpu_shares.range = Some(shares_range(connection.uri()));
    tuning.cpu_shares.unavailable.clone_from(&reason);
    tuning.memory_limit.unavailable = reason;
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
    handles: &Handles,
    domain: &Domain,
    active: bool,
    persistent: bool,
) -> Result<Tuning> {
    let flags = if persistent {
        sys::VIR_DOMAIN_XML_INACTIVE
    } else {
        0
    };
    let xml = domain
        .xml_desc(flags)
        .map_err(|error| handles.failed("read the virtual machine", error.into()))?;
    let summary = DomainSummary::parse(xml.as_bytes())?;
    let mut shares = ControlReading {
        configured: summary.cpu_shares,
        ..ControlReading::default()
    };
    let mut limit = ControlReading {
        configured: limit_kib(&summary).map(|kib| kib * 1024),
        ..ControlReading::default()
    };
    if active {
        let live = sys::VIR_DOMAIN_AFFECT_LIVE;
        match libvirt_ext::domain::scheduler_parameters(domain, live) {
            Ok(values) => shares.live = value_of(&values, "cpu_shares"),
            Err(error) => shares.unavailable = Some(error.to_string()),
        }
        match libvirt_ext::domain::memory_parameters(domain, live) {
            Ok(values) => {
                limit.live = value_of(&values, "hard_limit")
                    .filter(|kib| *kib < UNLIMITED_KIB)
                    .map(|kib| kib * 1024);
            }
            Err(error) => limit.unavailable = Some(error.to_string()),
        }
    }
    Ok(Tuning {
        name: domain.name().unwrap_or_default(),
        uuid: domain
            .uuid()
            .map_err(|error| handles.failed("read the virtual machine", error.into()))?,
        active,
        cpu_shares: shares,
        memory_limit: limit,
    })
}

fn value_of(values: &[(String, ParamValue)], name: &str) -> Option<u64> {
    values
        .iter()
        .find(|(key, _)| key == name)
        .and_then(|(_, value)| value.as_u64())
}
pub(crate) fn version() -> Option<super::cgroup::V> {
    None
}
pub(crate) struct Subject;
pub(crate) fn subject(_g: &Guest) -> Subject {
    Subject
}
pub(crate) fn memory_used(_s: &Subject) -> Option<u64> {
    None
}
fn kernel(_s: &Subject) -> (Option<KernelReading>, Option<KernelReading>) {
    (None, None)
}
