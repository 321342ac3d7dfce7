// SPDX-License-Identifier: GPL-3.0-or-later
//! What a monitor says of its own colours (VESA E-EDID 1.4, 3.7).

/// What a monitor says of its own colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edid {
    /// x, y of red, green and blue.
    pub primaries: [[f64; 2]; 3],
    /// x, y of white.
    pub white: [f64; 2],
    /// The exponent of its tone curve, where it names one.
    pub gamma: Option<f64>,
}

impl Edid {
    /// Reads the first block; `None` where it is none or names no colours.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let block = bytes.get(..128)?;
        if !block.starts_with(&[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]) {
            return None;
        }
        let low = u16::from_be_bytes([block[25], block[26]]);
        let value = |index: usize| {
            // Eight bits of each are in a byte, the lowest two are collected before them.
            let rest = low >> (14 - 2 * index) & 3;
            f64::from(u16::from(block[27 + index]) << 2 | rest) / 1024.0
        };
        let point = |index: usize| [value(2 * index), value(2 * index + 1)];
        let edid = Self {
            primaries: [point(0), point(1), point(2)],
            white: point(3),
            gamma: (block[23] != 0xff).then(|| f64::from(block[23]) / 100.0 + 1.0),
        };
        (area(edid.primaries) > 0.01).then_some(edid)
    }

    /// The area of its triangle in x, y, with that of sRGB as 1.
    pub fn area_relative_to_srgb(&self) -> f64 {
        area(self.primaries) / area([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
    }
}

fn area([[ax, ay], [bx, by], [cx, cy]]: [[f64; 2]; 3]) -> f64 {
    ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)).abs() / 2.0
}
