// SPDX-License-Identifier: GPL-3.0-or-later
//! A number as the kernel shows it.

use std::path::{Path, PathBuf};

use super::{CgroupError, read};
use crate::model::control::KernelFormat;

/// From here on, version 1 means no limit: the largest number of bytes, rounded down to whole
/// pages (`PAGE_COUNTER_MAX`), for pages of up to 64 KiB.
const UNLIMITED_BYTES: u64 = 0x7FFF_FFFF_FFFF_0000;

/// What a file of the kernel's says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KernelNumber {
    /// A number: shares or bytes, as the file has it.
    Number(u64),
    /// No limit: `max` on version 2, a number no host reaches on version 1.
    Unlimited,
}

/// A value that the kernel holds, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelValue {
    /// The file.
    pub path: PathBuf,
    /// What it holds, without the line end.
    pub raw: String,
    /// What that means.
    pub value: KernelNumber,
}

impl KernelValue {
    pub(super) fn read(path: &Path, format: KernelFormat) -> Result<Self, CgroupError> {
        let raw = read(path)?.trim_end().to_owned();
        let number = if format == KernelFormat::Quota {
            quota(&raw, path)
        } else {
            number(&raw, format)
        };
        let Some(value) = number else {
            let path = path.to_owned();
            return Err(CgroupError::Number { path, raw });
        };
        Ok(Self {
            path: path.to_owned(),
            raw,
            value,
        })
    }
}

/// A number or "max".
fn number(raw: &str, format: KernelFormat) -> Option<KernelNumber> {
    if raw == "max" {
        return Some(KernelNumber::Unlimited);
    }
    let number = raw.parse().ok()?;
    Some(match format {
        KernelFormat::Bytes if number >= UNLIMITED_BYTES => KernelNumber::Unlimited,
        _ => KernelNumber::Number(number),
    })
}

/// A quota in percent of a processor: "max 100000" or "50000 100000" on version 2; a number, -1 for
/// none, with the period in the file beside it on version 1.
fn quota(raw: &str, path: &Path) -> Option<KernelNumber> {
    let (quota, period) = match raw.split_once(' ') {
        Some((quota, period)) => (quota, period.to_owned()),
        None => (raw, read(&path.with_file_name("cpu.cfs_period_us")).ok()?),
    };
    if quota == "max" || quota.starts_with('-') {
        return Some(KernelNumber::Unlimited);
    }
    let (quota, period): (u64, u64) = (quota.parse().ok()?, period.trim().parse().ok()?);
    quota
        .checked_mul(100)?
        .checked_div(period)
        .map(KernelNumber::Number)
}
