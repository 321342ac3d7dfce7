// SPDX-License-Identifier: GPL-3.0-or-later
//! What a PNG file says of its colours beside a profile (PNG, third edition, 11.3.2).

use super::named;
use super::tag::{Embedded, Tag};
use crate::profile::{Profile, Reader};

/// The most chunks that are looked at before the pixels.
const MAX_CHUNKS: usize = 1000;

/// The tag of a PNG file whose profile was taken out already, if it has one.
///
/// The order of precedence is that of the specification: `cICP`, `iCCP`, `sRGB`, `gAMA`/`cHRM`.
pub(super) fn tag(bytes: &[u8], profile: Option<Vec<u8>>) -> Tag {
    let mut found = Found::default();
    found.look(Reader(bytes));
    if let Some([primaries, transfer]) = found.code {
        let tag = named::of_cicp(primaries.into(), transfer.into());
        if tag != Tag::None {
            return tag;
        }
    }
    if found.has_profile {
        // A profile whose packing is broken is not given out at all.
        return Tag::embedded(Embedded::new(profile, true));
    }
    if found.is_srgb {
        return Tag::figures(Some(Profile::srgb()));
    }
    let Some(gamma) = found.gamma else {
        return Tag::None;
    };
    let primaries = found.primaries.unwrap_or(named::BT_709);
    Tag::figures(named::profile(primaries, 1.0 / gamma))
}

#[derive(Default)]
struct Found {
    code: Option<[u8; 2]>,
    has_profile: bool,
    is_srgb: bool,
    gamma: Option<f64>,
    primaries: Option<named::Chromaticities>,
}

impl Found {
    fn look(&mut self, reader: Reader<'_>) {
        let mut at = 8;
        for _ in 0..MAX_CHUNKS {
            let Some((length, kind)) = reader.length(at).zip(reader.slice(at + 4, 4)) else {
                return;
            };
            let Some(content) = reader.slice(at + 8, length) else {
                return;
            };
            let content = Reader(content);
            match kind {
                b"IDAT" | b"IEND" => return,
                b"cICP" => self.code = content.u8(0).zip(content.u8(1)).map(|(a, b)| [a, b]),
                b"iCCP" => self.has_profile = true,
                b"sRGB" => self.is_srgb = true,
                b"gAMA" => self.gamma = parts(content, 0).filter(|gamma| *gamma > 0.0),
                b"cHRM" => self.primaries = primaries(content),
                _ => {}
            }
            // The length lies in the file, so that the sum does not overflow.
            at += length + 12;
        }
    }
}

/// A number in hundred thousandths.
fn parts(content: Reader<'_>, at: usize) -> Option<f64> {
    content.u32(at).map(|value| f64::from(value) / 100_000.0)
}

/// White comes first there.
fn primaries(content: Reader<'_>) -> Option<named::Chromaticities> {
    let mut pairs = [[0.0; 2]; 4];
    for (index, pair) in pairs.iter_mut().enumerate() {
        *pair = [parts(content, index * 8)?, parts(content, index * 8 + 4)?];
    }
    pairs.rotate_left(1);
    Some(pairs)
}
