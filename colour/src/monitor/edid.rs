// SPDX-License-Identifier: GPL-3.0-or-later
//! What a monitor says of itself (VESA E-EDID 1.3 and 1.4, the first block).

use std::fmt;
use std::sync::Arc;

use md5::{Digest as _, Md5};

/// The length of a block, in bytes.
const BLOCK: usize = 128;

/// The first eight bytes of every EDID.
const MAGIC: [u8; 8] = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];

/// MD5 of a whole EDID, extensions included: what colord, mutter and the `meta` tag of profiles
/// (`EDID_md5`) name a monitor by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EdidMd5(pub [u8; 16]);

impl fmt::Display for EdidMd5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EdidMd5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Chromaticities, CIE 1931 x and y.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chromaticities {
    /// Of red.
    pub red: [f64; 2],
    /// Of green.
    pub green: [f64; 2],
    /// Of blue.
    pub blue: [f64; 2],
    /// Of white.
    pub white: [f64; 2],
}

/// An EDID, taken apart as far as colour needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Edid {
    /// The bytes as the server gave them.
    pub bytes: Arc<[u8]>,
    /// MD5 of the bytes.
    pub md5: EdidMd5,
    /// Three letters that name the maker.
    pub vendor: String,
    /// The maker's number for the model.
    pub product: u16,
    /// The number of this very monitor; many makers leave it out.
    pub serial_number: Option<u32>,
    /// The model as its maker writes it.
    pub model: Option<String>,
    /// The serial number as text.
    pub serial: Option<String>,
    /// The year in which it was made, or that of the model.
    pub year: u16,
    /// Version and revision of EDID.
    pub version: (u8, u8),
    /// The exponent of the tone curve.
    pub gamma: Option<f64>,
    /// Primaries and white; `None` where all are zero (a monitor without colour, or a maker
    /// without care).
    pub chromaticities: Option<Chromaticities>,
    /// Whether it says that its default colour space is sRGB.
    pub srgb: bool,
    /// Whether the checksum of the first block is right.
    pub sound: bool,
}

impl Edid {
    /// Takes an EDID apart. `None` where it is shorter than a block or does not begin as an EDID
    /// does; what comes after the first block is only summed up in [`Self::md5`].
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let block: &[u8; BLOCK] = bytes.get(..BLOCK)?.try_into().ok()?;
        if block[..8] != MAGIC {
            return None;
        }
        let serial_number = u32::from_le_bytes([block[12], block[13], block[14], block[15]]);
        Some(Self {
            bytes: bytes.into(),
            md5: EdidMd5(Md5::digest(bytes).into()),
            vendor: vendor(u16::from_be_bytes([block[8], block[9]])),
            product: u16::from_le_bytes([block[10], block[11]]),
            serial_number: Some(serial_number).filter(|number| *number != 0),
            model: descriptor(block, 0xfc),
            serial: descriptor(block, 0xff),
            year: 1990 + u16::from(block[17]),
            version: (block[18], block[19]),
            gamma: Some(block[23])
                .filter(|raw| *raw != 0xff)
                .map(|raw| (f64::from(raw) + 100.0) / 100.0),
            chromaticities: chromaticities(block),
            srgb: block[24] & 4 != 0,
            sound: block.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) == 0,
        })
    }
}

/// Three letters of five bits each, A being 1.
fn vendor(raw: u16) -> String {
    [10, 5, 0]
        .into_iter()
        .map(|shift| match raw >> shift & 0x1f {
            letter @ 1..=26 => char::from(b'@' + u8::try_from(letter).unwrap_or(0)),
            _ => '?',
        })
        .collect()
}

/// The text of the first of the four descriptors that has a tag.
fn descriptor(block: &[u8; BLOCK], tag: u8) -> Option<String> {
    let descriptors = block[54..126].as_chunks::<18>().0;
    let found = descriptors
        .iter()
        .find(|it| it[..3] == [0, 0, 0] && it[3] == tag)?;
    let text: String = found[5..]
        .iter()
        .take_while(|byte| **byte != b'\n' && **byte != 0)
        // Code page 437; beyond ASCII nobody agrees.
        .map(|byte| match byte {
            0x20..=0x7e => char::from(*byte),
            _ => '\u{fffd}',
        })
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn chromaticities(block: &[u8; BLOCK]) -> Option<Chromaticities> {
    let raw = &block[25..35];
    if raw.iter().all(|byte| *byte == 0) {
        return None;
    }
    // Eight high bits a value from the third byte on; the two low bits of all in the first two.
    let value = |index: usize| {
        let low = raw[index / 4] >> (6 - 2 * (index % 4)) & 3;
        f64::from(u16::from(raw[index + 2]) << 2 | u16::from(low)) / 1024.0
    };
    Some(Chromaticities {
        red: [value(0), value(1)],
        green: [value(2), value(3)],
        blue: [value(4), value(5)],
        white: [value(6), value(7)],
    })
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// An EDID 1.4 as a monitor with the primaries of sRGB would have it.
    pub(in crate::monitor) fn sample(model: &str, serial: u32) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..8].copy_from_slice(&MAGIC);
        // D, E, L: 4, 5 and 12.
        block[8..10].copy_from_slice(&0b0_00100_00101_01100_u16.to_be_bytes());
        block[10..12].copy_from_slice(&0x4094_u16.to_le_bytes());
        block[12..16].copy_from_slice(&serial.to_le_bytes());
        block[17] = 30;
        block[18] = 1;
        block[19] = 4;
        block[23] = 120;
        block[24] = 4;
        block[25..35]
            .copy_from_slice(&[0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54]);
        block[57] = 0xfc;
        let text = format!("{model}\n");
        block[59..59 + text.len()].copy_from_slice(text.as_bytes());
        let sum = block.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        block[127] = sum.wrapping_neg();
        block
    }

    #[test]
    fn fields_are_read() {
        let bytes = sample("U2516D", 7);
        let edid = Edid::parse(&bytes).unwrap();
        assert_eq!(edid.vendor, "DEL");
        assert_eq!(edid.product, 0x4094);
        assert_eq!(edid.model.as_deref(), Some("U2516D"));
        assert_eq!(edid.serial, None);
        assert_eq!(edid.serial_number, Some(7));
        assert_eq!((edid.year, edid.version), (2020, (1, 4)));
        assert_eq!(edid.gamma, Some(2.2));
        assert!(edid.srgb && edid.sound);
        let colours = edid.chromaticities.unwrap();
        let near = |found: [f64; 2], x: f64, y: f64| {
            assert!((found[0] - x).abs() < 0.001, "{found:?}");
            assert!((found[1] - y).abs() < 0.001, "{found:?}");
        };
        near(colours.red, 0.64, 0.33);
        near(colours.green, 0.30, 0.60);
        near(colours.blue, 0.15, 0.06);
        near(colours.white, 0.3127, 0.329);
    }

    #[test]
    fn the_md5_is_that_of_all_blocks() {
        let mut bytes = sample("A", 1);
        let one = Edid::parse(&bytes).unwrap().md5;
        bytes.extend([2; BLOCK]);
        assert_ne!(Edid::parse(&bytes).unwrap().md5, one);
        assert_eq!(one.to_string().len(), 32);
    }

    #[test]
    fn what_is_no_edid_is_none_and_a_wrong_sum_is_told() {
        assert_eq!(Edid::parse(&[]), None);
        assert_eq!(Edid::parse(&[0; BLOCK]), None);
        let mut bytes = sample("A", 0);
        assert_eq!(Edid::parse(&bytes[..127]), None);
        bytes[60] ^= 1;
        let edid = Edid::parse(&bytes).unwrap();
        assert!(!edid.sound);
        assert_eq!(edid.serial_number, None);
    }
}
