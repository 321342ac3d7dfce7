// SPDX-License-Identifier: GPL-3.0-or-later
//! The profile in a TIFF (TIFF 6.0, section 2; tag 34675 of ICC.1:2010, annex B.4). The decoder
//! does not give the content of a tag whose type is UNDEFINED, which is what the profile's is.

/// The tag that holds a profile.
const PROFILE: u16 = 34675;

/// The profile of the first picture; `None` where there is none or it lies outside the file.
pub(super) fn profile(bytes: &[u8]) -> Option<Vec<u8>> {
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
            return Some(bytes.get(begin..begin.checked_add(length)?)?.to_vec());
        }
    }
    None
}
