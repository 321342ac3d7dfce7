// SPDX-License-Identifier: GPL-3.0-or-later
//! The profile in a TIFF (TIFF 6.0, section 2; tag 34675 of ICC.1:2010, annex B.4). The decoder
//! does not give the content of a tag whose type is UNDEFINED, which is what the profile's is.

use super::tag::Embedded;

/// The tag that holds a profile.
const PROFILE: u16 = 34675;

/// The profile of the first picture.
pub(super) fn profile(bytes: &[u8]) -> Embedded {
    look(bytes).unwrap_or(Embedded::None)
}

fn look(bytes: &[u8]) -> Option<Embedded> {
    let big = match bytes.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let two = |at: usize| -> Option<u16> {
        let part = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big {
            u16::from_be_bytes(part)
        } else {
            u16::from_le_bytes(part)
        })
    };
    let four = |at: usize| -> Option<usize> {
        let part = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let value = if big {
            u32::from_be_bytes(part)
        } else {
            u32::from_le_bytes(part)
        };
        usize::try_from(value).ok()
    };
    let folder = four(4)?;
    for entry in 0..usize::from(two(folder)?) {
        let at = folder + 2 + entry * 12;
        if two(at)? == PROFILE {
            let (length, begin) = (four(at + 4)?, four(at + 8)?);
            let content = bytes.get(begin..begin.checked_add(length)?);
            return Some(Embedded::new(content.map(<[u8]>::to_vec), true));
        }
    }
    None
}
