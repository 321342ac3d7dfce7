// SPDX-License-Identifier: GPL-3.0-or-later
//! Whether a file says that it has a profile, even where that can't be taken out.

use crate::profile::Reader;

/// The most segments or chunks that are looked at.
const MAX_COUNT: usize = 10_000;

/// A JPEG: one of the segments before the pixels (ICC.1:2010, annex B.4).
pub(super) fn jpeg_has_profile(bytes: &[u8]) -> bool {
    let reader = Reader(bytes);
    let mut at = 2;
    for _ in 0..MAX_COUNT {
        let (Some([0xff, marker]), Some(length)) = (reader.slice(at, 2), reader.u16(at + 2)) else {
            return false;
        };
        match marker {
            // Bytes that fill up.
            0xff => {
                at += 1;
                continue;
            }
            // The pixels, or the end.
            0xd9 | 0xda => return false,
            0xe2 if reader.slice(at + 4, 12) == Some(b"ICC_PROFILE\0") => return true,
            _ => {}
        }
        at += 2 + usize::from(length);
    }
    false
}

/// A WebP: the chunk `ICCP`.
pub(super) fn webp_has_profile(bytes: &[u8]) -> bool {
    let mut at = 12;
    for _ in 0..MAX_COUNT {
        let Some((kind, length)) = bytes.get(at..at + 4).zip(bytes.get(at + 4..at + 8)) else {
            return false;
        };
        if kind == b"ICCP" {
            return true;
        }
        let length = length.first_chunk().map_or(0, |it| u32::from_le_bytes(*it));
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        // Chunks begin at even places.
        let next = length
            .checked_next_multiple_of(2)
            .and_then(|length| at.checked_add(8)?.checked_add(length));
        match next.filter(|next| *next < bytes.len()) {
            Some(next) => at = next,
            None => return false,
        }
    }
    false
}
