// SPDX-License-Identifier: GPL-3.0-or-later
//! A number as the kernel shows it.

use std::path::{Path, PathBuf};

use super::{CgroupError, read};

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

/// How a file is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// A plain number.
    Count,
    /// Bytes, in which a huge number means none.
    Bytes,
}

impl KernelValue {
    pub(super) fn read(path: &Path, reading: Reading) -> Result<Self, CgroupError> {
        let raw = read(path)?.trim_end().to_owned();
        let value = match raw.parse() {
            _ if raw == "max" => KernelNumber::Unlimited,
            Ok(bytes) if reading == Reading::Bytes && bytes >= UNLIMITED_BYTES => {
                KernelNumber::Unlimited
            }
            Ok(number) => KernelNumber::Number(number),
            Err(_) => {
                let path = path.to_owned();
                return Err(CgroupError::Number { path, raw });
            }
        };
        Ok(Self {
            path: path.to_owned(),
            raw,
            value,
        })
    }
}
