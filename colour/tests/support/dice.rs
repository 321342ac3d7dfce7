// SPDX-License-Identifier: GPL-3.0-or-later
//! Things broken at random, the same in each run.

use oriel_colour::samples::{self, Kind, Model};

use super::{Parts, dictionary, localized, power, vcgt};

/// Numbers that are the same in each run (`SplitMix64`).
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    /// Puts other values into some bytes of a range.
    pub fn flip(&mut self, bytes: &mut [u8], from: usize, to: usize) {
        for _ in 0..=self.below(8) {
            let at = from + self.below(to - from);
            bytes[at] = u8::try_from(self.below(256)).unwrap();
        }
    }
}

/// Sound profiles of all kinds, with all the tags that are read.
pub fn sound_profiles() -> Vec<Vec<u8>> {
    let ramp = power(1.1, 256);
    Kind::ALL
        .iter()
        .map(|kind| {
            let profile = samples::profile(&Model::default(), *kind).unwrap();
            Parts::of(&profile)
                .set(b"vcgt", &vcgt([&ramp, &ramp, &ramp]))
                .set(
                    b"meta",
                    &dictionary(&[("DATA_source", "calib"), ("EDID_md5", "00")]),
                )
                .set(
                    b"dmdd",
                    &localized(&[("enUS", "Screen"), ("deDE", "Schirm")]),
                )
                .bytes()
        })
        .collect()
}

/// Breaks a profile in one of the ways in which files get broken, or are broken on purpose.
pub fn broken_profile(sound: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = sound[dice.below(sound.len())].clone();
    let tags = usize::try_from(u32::from_be_bytes(bytes[128..132].try_into().unwrap())).unwrap();
    let table = 132 + 12 * tags;
    for _ in 0..=dice.below(3) {
        let length = bytes.len();
        if length < table {
            break;
        }
        let entry = 132 + 12 * dice.below(tags);
        match dice.below(9) {
            0 => dice.flip(&mut bytes, 0, 128),
            1 => dice.flip(&mut bytes, 128, table),
            2 | 3 => dice.flip(&mut bytes, table, length),
            // The first bytes of a tag: its type, counts and grid.
            4 => {
                let at = usize::try_from(u32::from_be_bytes(
                    bytes[entry + 4..entry + 8].try_into().unwrap(),
                ))
                .unwrap();
                let at = at.min(length - 1);
                dice.flip(&mut bytes, at, (at + 64).min(length));
            }
            5 => bytes.truncate(dice.below(length)),
            // Two tags exchange names, or places.
            6 => {
                let other = 132 + 12 * dice.below(tags);
                let from = 4 * dice.below(2);
                for index in from..from + 4 {
                    bytes.swap(entry + index, other + index);
                }
            }
            // A size or place of 32 bits becomes an extreme one.
            7 => {
                let words: [u32; 6] = [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX, 0xffff];
                let at = table + dice.below(length - table - 3) / 4 * 4;
                bytes[at..at + 4].copy_from_slice(&words[dice.below(6)].to_be_bytes());
            }
            // A piece is copied over another one.
            _ => {
                let size = 1 + dice.below(64.min(length - table));
                let from = table + dice.below(length - table - size + 1);
                let to = table + dice.below(length - table - size + 1);
                bytes.copy_within(from..from + size, to);
            }
        }
    }
    bytes
}
