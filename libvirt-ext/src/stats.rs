// SPDX-License-Identifier: GPL-3.0-or-later
//! The figures of all guests of a connection in one call (`virConnectGetAllDomainStats`).
//!
//! Replaces the binding's `all_domain_stats`, which frees nothing. It does not interpret the
//! figures and computes no rates.

use std::ops::BitOr;

use uuid::Uuid;
use virt::connect::Connect;
use virt::domain::Domain;
use virt_sys as sys;

use crate::error::Error;
use crate::ffi::{self, check};
use crate::params::{self, ParamValue};

/// Which groups of figures to read (`virDomainStatsTypes`); combine with `|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatsGroups(u32);

impl StatsGroups {
    /// All that the driver has.
    pub const ALL: Self = Self(0);
    /// State and its reason.
    pub const STATE: Self = Self(sys::VIR_DOMAIN_STATS_STATE);
    /// CPU time in total.
    pub const CPU_TOTAL: Self = Self(sys::VIR_DOMAIN_STATS_CPU_TOTAL);
    /// Memory balloon.
    pub const BALLOON: Self = Self(sys::VIR_DOMAIN_STATS_BALLOON);
    /// Each virtual CPU.
    pub const VCPU: Self = Self(sys::VIR_DOMAIN_STATS_VCPU);
    /// Network interfaces.
    pub const INTERFACE: Self = Self(sys::VIR_DOMAIN_STATS_INTERFACE);
    /// Disks.
    pub const BLOCK: Self = Self(sys::VIR_DOMAIN_STATS_BLOCK);
    /// I/O threads.
    pub const IOTHREAD: Self = Self(sys::VIR_DOMAIN_STATS_IOTHREAD);
    /// Memory bandwidth.
    pub const MEMORY: Self = Self(sys::VIR_DOMAIN_STATS_MEMORY);
}

impl BitOr for StatsGroups {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Which guests, and how (`virConnectGetAllDomainStatsFlags`); combine with `|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatsFlags(u32);

impl StatsFlags {
    /// All guests, and waiting for those that are busy.
    pub const NONE: Self = Self(0);
    /// Running guests and those that are paused.
    pub const ACTIVE: Self = Self(sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE);
    /// Guests that are off.
    pub const INACTIVE: Self = Self(sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE);
    /// Give less about a guest that is busy rather than wait for it: without this, one stopped
    /// QEMU blocks the figures of all. A driver that does not know it calls it an invalid
    /// argument.
    pub const NOWAIT: Self = Self(sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
    /// Disks with their backing files.
    pub const BACKING: Self = Self(sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING);
}

impl BitOr for StatsFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The figures of one guest.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainStats {
    /// Its UUID.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// Its number while it runs.
    pub id: Option<u32>,
    /// The figures under libvirt's own names, such as `cpu.time` (nanoseconds).
    pub params: Vec<(String, ParamValue)>,
}

impl DomainStats {
    /// The figure of that name.
    pub fn get(&self, name: &str) -> Option<&ParamValue> {
        self.params
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value)
    }
}

/// Reads the figures of all guests that `flags` select (`virConnectGetAllDomainStats`).
///
/// # Errors
///
/// The driver has no bulk figures (LXC: unsupported), refuses a flag, or the connection is lost.
pub fn all_domain_stats(
    conn: &Connect,
    groups: StatsGroups,
    flags: StatsFlags,
) -> Result<Vec<DomainStats>, Error> {
    let mut list = Records(std::ptr::null_mut());
    // SAFETY: `conn` holds a reference, and `list` takes what the call allocates.
    let count = check(unsafe {
        sys::virConnectGetAllDomainStats(conn.as_ptr(), groups.0, &raw mut list.0, flags.0)
    })?;
    // SAFETY: the call gave the list and its length.
    Ok(unsafe { read(&list, count) })
}

/// Reads the figures of these guests alone (`virDomainListGetStats`); all must be of one
/// connection.
///
/// # Errors
///
/// As [`all_domain_stats`]; also if the guests are of several connections.
pub fn domain_stats(
    domains: &[Domain],
    groups: StatsGroups,
    flags: StatsFlags,
) -> Result<Vec<DomainStats>, Error> {
    if domains.is_empty() {
        return Ok(Vec::new());
    }
    // libvirt wants an array that ends with NULL.
    let mut handles: Vec<_> = domains
        .iter()
        // SAFETY: the pointers are used in this function alone, while `domains` hold them.
        .map(|domain| unsafe { domain.as_ptr() })
        .collect();
    handles.push(std::ptr::null_mut());
    let mut list = Records(std::ptr::null_mut());
    // SAFETY: `domains` hold a reference each, and `list` takes what the call allocates.
    let count = check(unsafe {
        sys::virDomainListGetStats(handles.as_mut_ptr(), groups.0, &raw mut list.0, flags.0)
    })?;
    // SAFETY: the call gave the list and its length.
    Ok(unsafe { read(&list, count) })
}

/// # Safety
///
/// libvirt gave the list, or NULL, with that many records.
unsafe fn read(list: &Records, count: i32) -> Vec<DomainStats> {
    let count = usize::try_from(count).unwrap_or(0);
    if list.0.is_null() {
        return Vec::new();
    }
    // SAFETY: as the caller vouches.
    let records = unsafe { std::slice::from_raw_parts(list.0, count) };
    records
        .iter()
        .filter_map(|record| {
            // SAFETY: each is NULL or a record that lives until the list is freed.
            let record = unsafe { record.as_ref() }?;
            // SAFETY: the record holds a reference to its guest, and its parameters.
            unsafe { copy(record) }
        })
        .collect()
}

/// # Safety
///
/// `record` is libvirt's own and not yet freed.
unsafe fn copy(record: &sys::virDomainStatsRecord) -> Option<DomainStats> {
    // SAFETY: as the caller vouches.
    let (name, uuid, id) = unsafe { ffi::domain_identity(record.dom) }?;
    Some(DomainStats {
        uuid,
        name,
        id,
        // SAFETY: as the caller vouches.
        params: unsafe { params::read(record.params, record.nparams) },
    })
}

/// The list as libvirt allocated it, freed when dropped (`virDomainStatsRecordListFree`).
struct Records(*mut sys::virDomainStatsRecordPtr);

impl Drop for Records {
    fn drop(&mut self) {
        // SAFETY: NULL or a list from virConnectGetAllDomainStats, freed once.
        unsafe { sys::virDomainStatsRecordListFree(self.0) };
    }
}
