// SPDX-License-Identifier: GPL-3.0-or-later
//! The dictionary tag `meta` (`dictType`, ICC's "Dictionary type and metaData tag", 2010):
//! what calibration programs note about how a profile came to be.

use super::Reader;
use super::text::utf16;

/// Names and values, in the order of the profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dictionary(Vec<(String, String)>);

/// The most entries that are read.
const MAX_ENTRIES: usize = 1024;

/// The most text that is read in all, in bytes: entries may all point to the same long text.
const MAX_TOTAL: usize = 1 << 20;

impl Dictionary {
    /// Reads a dictionary from a tag's bytes; `None` where it is none. Entries that lie outside
    /// of the tag, and all beyond what a dictionary may reasonably have, are left out.
    pub fn read(tag: &[u8]) -> Option<Self> {
        let reader = Reader(tag);
        if tag.get(..4)? != b"dict" {
            return None;
        }
        let count = reader.length(8)?.min(MAX_ENTRIES);
        let size = reader.length(12)?;
        // Of names and values, then display names, then display values, too.
        if !matches!(size, 16 | 24 | 32) {
            return None;
        }
        let text = |at: usize| {
            let (offset, length) = (reader.length(at)?, reader.length(at + 4)?);
            if offset == 0 {
                return Some(String::new());
            }
            Some(utf16(reader.slice(offset, length)?))
        };
        let mut entries = Vec::new();
        let mut total = 0;
        for index in 0..count {
            let at = 16 + index * size;
            if at + size > tag.len() {
                break;
            }
            if let (Some(name), Some(value)) = (text(at), text(at + 8)) {
                total += name.len() + value.len();
                if total > MAX_TOTAL {
                    break;
                }
                entries.push((name, value));
            }
        }
        Some(Self(entries))
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// All names and values.
    pub fn entries(&self) -> &[(String, String)] {
        &self.0
    }
}
