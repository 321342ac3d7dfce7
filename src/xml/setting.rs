// SPDX-License-Identifier: GPL-3.0-or-later
//! A number that a domain's document says in an element of its own.
//!
//! Owns where it stands, how libvirt reads it, and when it already has a value. The splicing is
//! [`Document`]'s.

use super::memory::{kibibytes, number};
use super::{Document, XmlError, child_attribute, child_text};

/// Where a document says a number, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The element, from below the root.
    pub path: &'static [&'static str],
    /// How the number is written.
    pub unit: Unit,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// As it is.
    Number,
    /// As a size, which may have a unit; in KiB here.
    Kibibytes,
}

impl Setting {
    /// `cputune/shares`: the weight against other guests.
    pub const SHARES: Self = Self {
        path: &["cputune", "shares"],
        unit: Unit::Number,
    };
    /// `memtune/hard_limit`.
    pub const HARD_LIMIT: Self = Self {
        path: &["memtune", "hard_limit"],
        unit: Unit::Kibibytes,
    };

    /// The number in a document; `None` if it has none, or one below zero.
    pub fn read(&self, document: &[u8]) -> Option<u64> {
        let text = child_text(document, self.path)?;
        match self.unit {
            Unit::Number => number(&text),
            Unit::Kibibytes => {
                let unit = child_attribute(document, self.path, "unit");
                kibibytes(&text, unit.as_deref())
            }
        }
    }

    /// Has a document say the number; `None` removes the element, and the one around it if nothing
    /// else is in it, so that setting a number and taking it back gives the document as it was.
    pub(super) fn write(
        &self,
        document: &mut Document,
        value: Option<u64>,
    ) -> Result<(), XmlError> {
        let Some(value) = value else {
            document.remove_element(self.path)?;
            return Ok(());
        };
        match self.unit {
            Unit::Number => self.write_number(document, value),
            Unit::Kibibytes => self.write_size(document, value),
        }
    }

    fn write_number(&self, document: &mut Document, value: u64) -> Result<(), XmlError> {
        let present = document.element_text(self.path)?;
        if present.as_deref().and_then(number) != Some(value) {
            document.set_element_text(self.path, &value.to_string())?;
        }
        Ok(())
    }

    fn write_size(&self, document: &mut Document, size: u64) -> Result<(), XmlError> {
        let value = size.to_string();
        let Some(present) = document.element_text(self.path)? else {
            document.set_element(self.path, &value, &[("unit", "KiB")])?;
            return Ok(());
        };
        let unit = document.attribute(self.path, "unit")?;
        if kibibytes(&present, unit.as_deref()) == Some(size) {
            return Ok(());
        }
        // Without a unit libvirt reads KiB, so that none need be added.
        let in_kib = kibibytes("1", unit.as_deref()) == Some(1)
            && kibibytes("1024", unit.as_deref()) == Some(1024);
        if in_kib {
            document.set_element_text(self.path, &value)?;
        } else {
            document.set_element(self.path, &value, &[("unit", "KiB")])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_libvirt_reads_them() {
        let document = b"<domain><cputune><shares>7</shares><quota>-1</quota></cputune>\
            <memtune><hard_limit unit='MiB'>2</hard_limit></memtune></domain>";
        assert_eq!(Setting::SHARES.read(document), Some(7));
        assert_eq!(Setting::HARD_LIMIT.read(document), Some(2048));
        let quota = Setting {
            path: &["cputune", "quota"],
            unit: Unit::Number,
        };
        assert_eq!(quota.read(document), None);
        assert_eq!(Setting::SHARES.read(b"<domain/>"), None);
    }
}
