// SPDX-License-Identifier: GPL-3.0-or-later
//! One reading of what a guest has used.

use std::time::Instant;

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
