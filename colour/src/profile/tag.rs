// SPDX-License-Identifier: GPL-3.0-or-later
//! The table of tags (ICC.1:2010, 7.3).

use std::fmt;
use std::ops::Range;

use super::{MAX_TAGS, Reader, Refusal};

/// A name of four bytes, as the specification has them for tags, types, classes and spaces.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Signature(pub [u8; 4]);

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.iter().all(|byte| matches!(byte, 0x20..=0x7e)) {
            let text: String = self.0.iter().copied().map(char::from).collect();
            f.write_str(text.trim_end())
        } else {
            write!(f, "0x{:08x}", u32::from_be_bytes(self.0))
        }
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where one tag lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagEntry {
    /// The tag's name.
    pub signature: Signature,
    /// The type of its content.
    pub kind: Signature,
    /// Its position, in bytes from the start of the profile.
    pub offset: usize,
    /// Its length in bytes.
    pub size: usize,
}

impl TagEntry {
    /// The bytes of the profile that are the tag's. Always inside the profile.
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.size
    }
}

/// Where the table begins, and the length of its entries, in bytes.
const TABLE: usize = 128;
const ENTRY: usize = 12;

/// Reads the table; every tag lies inside the bytes afterwards.
pub(super) fn read_table(bytes: &[u8]) -> Result<Vec<TagEntry>, Refusal> {
    let reader = Reader(bytes);
    let count = reader.length(TABLE).ok_or(Refusal::Truncated)?;
    if count > MAX_TAGS {
        return Err(Refusal::TooManyTags { count });
    }
    let mut tags: Vec<TagEntry> = Vec::with_capacity(count);
    for index in 0..count {
        let at = TABLE + 4 + index * ENTRY;
        let signature = reader.signature(at).ok_or(Refusal::Truncated)?;
        let offset = reader.length(at + 4).ok_or(Refusal::Truncated)?;
        let size = reader.length(at + 8).ok_or(Refusal::Truncated)?;
        let outside = Refusal::TagOutside { tag: signature };
        // Types have a signature and four reserved bytes at least.
        if size < 8 || reader.slice(offset, size).is_none() {
            return Err(outside);
        }
        let kind = reader.signature(offset).ok_or(outside)?;
        if tags.iter().any(|tag| tag.signature == signature) {
            return Err(Refusal::TagTwice { tag: signature });
        }
        tags.push(TagEntry {
            signature,
            kind,
            offset,
            size,
        });
    }
    Ok(tags)
}
