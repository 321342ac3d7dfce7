// SPDX-License-Identifier: GPL-3.0-or-later
//! Writing profiles: the few types that ours need (ICC.1:2001 and ICC.1:2010, section 10).

use super::{Curve, D50};

/// What differs in the headers of our profiles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    /// 2 or 4.
    pub(crate) version: u8,
    /// `XYZ ` or `Lab `.
    pub(crate) connection_space: [u8; 4],
}

/// The tags of a profile as they are put together.
#[derive(Debug, Default)]
pub(crate) struct Body {
    table: Vec<([u8; 4], usize, usize)>,
    content: Vec<u8>,
}

impl Body {
    /// Adds a tag.
    pub(crate) fn tag(&mut self, name: [u8; 4], bytes: &[u8]) {
        self.table.push((name, self.content.len(), bytes.len()));
        self.content.extend(bytes);
        self.content
            .resize(self.content.len().next_multiple_of(4), 0);
    }

    /// The tag before, under another name.
    pub(crate) fn again(&mut self, name: [u8; 4]) {
        if let Some((_, at, length)) = self.table.last().copied() {
            self.table.push((name, at, length));
        }
    }

    /// The whole profile, a display's.
    pub(crate) fn finish(self, head: Head) -> Vec<u8> {
        let start = 128 + 4 + 12 * self.table.len();
        let word = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
        let mut bytes = Vec::with_capacity(start + self.content.len());
        bytes.extend(word(start + self.content.len()));
        bytes.extend([0; 4]);
        // 2.1 and 4.2, the versions that everybody reads.
        bytes.extend([
            head.version,
            if head.version == 2 { 0x10 } else { 0x20 },
            0,
            0,
        ]);
        bytes.extend(b"mntrRGB ");
        bytes.extend(head.connection_space);
        for part in [2000_u16, 1, 1, 0, 0, 0] {
            bytes.extend(part.to_be_bytes());
        }
        bytes.extend(b"acsp");
        bytes.resize(68, 0);
        for value in D50 {
            bytes.extend(fixed(value).to_be_bytes());
        }
        bytes.resize(128, 0);
        bytes.extend(word(self.table.len()));
        for (name, at, length) in &self.table {
            bytes.extend(name);
            bytes.extend(word(start + at));
            bytes.extend(word(*length));
        }
        bytes.extend(self.content);
        bytes
    }
}

/// A `curveType`: a power as one number, the curve of sRGB as 4096 points (version 2 has no
/// formulas, and that is as exact as 16 bits can be).
pub(crate) fn curve(curve: Curve) -> Vec<u8> {
    let mut bytes = b"curv\0\0\0\0".to_vec();
    match curve {
        Curve::Gamma(gamma) => {
            bytes.extend(1_u32.to_be_bytes());
            bytes.extend(number(gamma * 256.0).to_be_bytes());
        }
        Curve::Srgb => {
            const POINTS: u16 = 4096;
            bytes.extend(u32::from(POINTS).to_be_bytes());
            for index in 0..POINTS {
                let value = f64::from(index) / f64::from(POINTS - 1);
                bytes.extend(number(curve.light(value) * 65535.0).to_be_bytes());
            }
        }
    }
    bytes
}

/// An `XYZType`.
pub(crate) fn xyz(values: [f64; 3]) -> Vec<u8> {
    numbers(*b"XYZ ", &values)
}

/// A type that is a row of `s15Fixed16Number`: `XYZ `, `sf32`, or `para` with its first function
/// (whose number, 0, and two reserved bytes come first).
pub(crate) fn numbers(kind: [u8; 4], values: &[f64]) -> Vec<u8> {
    let mut bytes = kind.to_vec();
    bytes.extend([0; 4]);
    if kind == *b"para" {
        bytes.extend([0; 4]);
    }
    for value in values {
        bytes.extend(fixed(*value).to_be_bytes());
    }
    bytes
}

/// A `textType`.
pub(crate) fn text(content: &str) -> Vec<u8> {
    let mut bytes = b"text\0\0\0\0".to_vec();
    bytes.extend(content.as_bytes());
    bytes.push(0);
    bytes
}

/// A `textDescriptionType` with the ASCII part alone.
pub(crate) fn description(content: &str) -> Vec<u8> {
    let mut bytes = b"desc\0\0\0\0".to_vec();
    let length = u32::try_from(content.len() + 1).unwrap_or(0);
    bytes.extend(length.to_be_bytes());
    bytes.extend(content.as_bytes());
    bytes.push(0);
    // No Unicode part (language and count) and no Macintosh part (code, count, 67 bytes).
    bytes.extend([0; 4 + 4 + 2 + 1 + 67]);
    bytes
}

/// A `multiLocalizedUnicodeType` with one text, in American English.
pub(crate) fn unicode(content: &str) -> Vec<u8> {
    let text: Vec<u8> = content.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut bytes = b"mluc\0\0\0\0".to_vec();
    bytes.extend(1_u32.to_be_bytes());
    bytes.extend(12_u32.to_be_bytes());
    bytes.extend(b"enUS");
    bytes.extend(u32::try_from(text.len()).unwrap_or(0).to_be_bytes());
    bytes.extend(28_u32.to_be_bytes());
    bytes.extend(text);
    bytes
}

/// Rounded, cut to what 16 bits hold.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cut to the range before"
)]
fn number(value: f64) -> u16 {
    value.round().clamp(0.0, 65535.0) as u16
}

/// An `s15Fixed16Number`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "our numbers lie between -2 and 4"
)]
fn fixed(value: f64) -> i32 {
    (value * 65536.0).round() as i32
}
