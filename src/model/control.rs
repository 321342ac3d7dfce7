// SPDX-License-Identifier: GPL-3.0-or-later
//! What front ends hear of resource controls.

use std::path::PathBuf;

use uuid::Uuid;

/// The kernel's value of a control changed.
#[derive(Clone, Debug)]
pub struct KernelChange {
    /// The guest.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// "`cpu_shares`" or "`memory_limit`".
    pub control: &'static str,
    /// The file that changed.
    pub path: PathBuf,
    /// Its value now, in the control's own unit; `None` for unlimited or gone.
    pub value: Option<u64>,
}

/// The call of libvirt's that sets a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// `virDomainSetSchedulerParametersFlags`.
    Scheduler,
    /// `virDomainSetMemoryParameters`.
    Memory,
}

/// A value as libvirt wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlValue {
    /// A whole number.
    Unsigned(u64),
    /// A whole number that may be below zero.
    Signed(i64),
}
