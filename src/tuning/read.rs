// SPDX-License-Identifier: GPL-3.0-or-later
//! Reading controls back: configured, live, and from the kernel.

use std::path::Path;

use libvirt_ext::ParamValue;
use uuid::Uuid;
use virt::domain::Domain;
use virt::sys;

use super::cgroup::{self, CgroupError, CgroupVersion, GuestCgroup, KernelNumber, KernelValue};
use super::{
    ControlReading, KernelReading, QEMU_MARGIN_KIB, Tuning, limit_kib, shares_range, unavailable,
};
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
        .run_on(
            uuid,
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
        configured: limit_kib(&summary).map(|kib| kib.saturating_mul(1024)),
        // More than the host has is no limit; a driver that does not tell has no range.
        range: handles
            .main
            .node_info()
            .ok()
            .map(|node| (QEMU_MARGIN_KIB * 1024, node.memory.saturating_mul(1024))),
        ..ControlReading::default()
    };
    if active {
        let live = sys::VIR_DOMAIN_AFFECT_LIVE;
        match libvirt_ext::domain::scheduler_parameters(domain, live) {
            Ok(values) => {
                shares.live = value_of(&values, "cpu_shares");
                shares.unavailable = absent(&values, "cpu_shares", "CPU shares");
            }
            Err(error) => shares.unavailable = Some(refused(&error, "CPU shares")),
        }
        match libvirt_ext::domain::memory_parameters(domain, live) {
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
        name: domain.name().unwrap_or_default(),
        uuid: domain
            .uuid()
            .map_err(|error| handles.failed("read the virtual machine", error.into()))?,
        active,
        cpu_shares: shares,
        memory_limit: limit,
    })
}

/// Why a control can't be had, by what the driver said.
fn refused(error: &libvirt_ext::Error, words: &str) -> String {
    if error.is_unsupported() || error.is_invalid_argument() {
        format!("the driver of this hypervisor has no {words} ({error})")
    } else {
        error.to_string()
    }
}

/// Why a control can't be had, if the driver does not know it by that name.
fn absent(values: &[(String, ParamValue)], name: &str, words: &str) -> Option<String> {
    (!values.iter().any(|(key, _)| key == name))
        .then(|| format!("the driver of this hypervisor has no {words}"))
}

fn value_of(values: &[(String, ParamValue)], name: &str) -> Option<u64> {
    values
        .iter()
        .find(|(key, _)| key == name)
        .and_then(|(_, value)| value.as_u64())
}

/// A guest as the kernel's side knows it, apart from any connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Subject {
    pub uuid: Uuid,
    pub name: String,
    id: Option<u32>,
    container: bool,
}

/// What to look for in the kernel for a guest.
pub(crate) fn subject(guest: &Guest) -> Subject {
    Subject {
        uuid: guest.uuid,
        name: guest.name.clone(),
        id: guest.id,
        container: guest
            .summary
            .as_ref()
            .is_some_and(|summary| summary.kind == "lxc"),
    }
}

impl Subject {
    /// The guest's control groups. Blocks.
    pub(crate) fn cgroup(&self) -> std::result::Result<GuestCgroup, CgroupError> {
        let root = Path::new("/");
        if !self.container {
            let guest = cgroup::Guest::Qemu {
                uuid: self.uuid,
                name: &self.name,
            };
            return GuestCgroup::find(root, &guest);
        }
        let by_id = |id| {
            GuestCgroup::find(
                root,
                &cgroup::Guest::Lxc {
                    name: &self.name,
                    id,
                },
            )
        };
        // A daemon in a process namespace of its own counts processes otherwise than we do.
        by_id(self.id).or_else(|_| by_id(None))
    }
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
