// SPDX-License-Identifier: GPL-3.0-or-later
//! The range of a control.

/// The values that a control takes, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControlRange {
    /// The smallest value.
    pub min: u64,
    /// The largest value.
    pub max: u64,
    /// The kernel's value if none is set.
    pub default: u64,
}

impl ControlRange {
    /// Whether a value is in the range.
    pub fn contains(&self, value: u64) -> bool {
        (self.min..=self.max).contains(&value)
    }

    /// The nearest value in the range.
    pub fn clamp(&self, value: u64) -> u64 {
        value.clamp(self.min, self.max)
    }
}
