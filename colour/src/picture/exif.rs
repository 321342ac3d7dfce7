// SPDX-License-Identifier: GPL-3.0-or-later
//! The one thing that Exif says of colours which a profile would say as well: “Adobe RGB”.

/// The most entries of a directory that are looked at.
const MAX_ENTRIES: u16 = 500;

const EXIF_FOLDER: u16 = 0x8769;
const COLOUR_SPACE: u16 = 0xa001;
const INTEROPERABILITY_FOLDER: u16 = 0xa005;
const INTEROPERABILITY: u16 = 1;

/// Whether a camera says that its picture is Adobe RGB: by the number 2, or by “uncalibrated”
/// with the interoperability index `R03` (DCF 2.0).
pub(super) fn is_adobe_rgb(exif: &[u8]) -> bool {
    adobe_rgb(exif).unwrap_or(false)
}

fn adobe_rgb(exif: &[u8]) -> Option<bool> {
    let tiff = Tiff {
        bytes: exif,
        little: match exif.get(..2)? {
            b"II" => true,
            b"MM" => false,
            _ => return None,
        },
    };
    let main = tiff.long(4)?;
    let folder = tiff.entry(main, EXIF_FOLDER)?;
    let folder = tiff.long(folder)?;
    let space = tiff.entry(folder, COLOUR_SPACE)?;
    match tiff.short(space)? {
        2 => Some(true),
        0xffff => {
            let index = tiff.entry(folder, INTEROPERABILITY_FOLDER)?;
            let index = tiff.entry(tiff.long(index)?, INTEROPERABILITY)?;
            Some(exif.get(index..index.checked_add(3)?)? == b"R03")
        }
        _ => Some(false),
    }
}

struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl Tiff<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        let bytes: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    fn long(&self, at: usize) -> Option<usize> {
        let bytes: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let value = if self.little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        };
        usize::try_from(value).ok()
    }

    /// Where the value of an entry lies, of the directory at `folder`.
    fn entry(&self, folder: usize, tag: u16) -> Option<usize> {
        let count = self.short(folder)?.min(MAX_ENTRIES);
        let mut at = folder.checked_add(2)?;
        for _ in 0..count {
            if self.short(at)? == tag {
                return at.checked_add(8);
            }
            at = at.checked_add(12)?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Big-endian Exif with a colour space, and an interoperability index.
    fn exif(space: u16, index: [u8; 4]) -> Vec<u8> {
        let mut bytes = b"MM\0*\0\0\0\x08".to_vec();
        let entry = |bytes: &mut Vec<u8>, tag: u16, kind: u16, value: [u8; 4]| {
            bytes.extend(tag.to_be_bytes());
            bytes.extend(kind.to_be_bytes());
            bytes.extend(1_u32.to_be_bytes());
            bytes.extend(value);
        };
        // At 8: one entry and the end, 18 bytes; at 26: two entries, 30 bytes; at 56: one.
        bytes.extend(1_u16.to_be_bytes());
        entry(&mut bytes, EXIF_FOLDER, 4, 26_u32.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(2_u16.to_be_bytes());
        let [high, low] = space.to_be_bytes();
        entry(&mut bytes, COLOUR_SPACE, 3, [high, low, 0, 0]);
        entry(&mut bytes, INTEROPERABILITY_FOLDER, 4, 56_u32.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(1_u16.to_be_bytes());
        entry(&mut bytes, INTEROPERABILITY, 2, index);
        bytes
    }

    #[test]
    fn adobe_rgb_is_told_from_others() {
        assert!(is_adobe_rgb(&exif(2, *b"R98\0")));
        assert!(is_adobe_rgb(&exif(0xffff, *b"R03\0")));
        assert!(!is_adobe_rgb(&exif(0xffff, *b"R98\0")));
        assert!(!is_adobe_rgb(&exif(1, *b"R03\0")));
    }

    #[test]
    fn any_end_is_survived() {
        let whole = exif(0xffff, *b"R03\0");
        for length in 0..whole.len() - 1 {
            assert!(!is_adobe_rgb(&whole[..length]) || length > whole.len() - 4);
        }
    }
}
