// SPDX-License-Identifier: GPL-3.0-or-later
//! From brightness and two differences to red, green and blue (ITU-T H.273, 8.3).

use crate::profile::Reader;

/// Numbers of H.273.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) primaries: u16,
    pub(super) transfer: u16,
    pub(super) matrix: u16,
    /// Whether all values are used, and not those of television.
    pub(super) full: bool,
}

impl Code {
    /// A box `colr` of the kind `nclx`.
    pub(super) fn read(reader: Reader<'_>) -> Option<Self> {
        Some(Self {
            primaries: reader.u16(4)?,
            transfer: reader.u16(6)?,
            matrix: reader.u16(8)?,
            full: reader.u8(10)? & 0x80 != 0,
        })
    }
}

/// The way from a pixel's three values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    kind: Kind,
    /// Black, and the distance from it to white.
    luma: (f32, f32),
    /// The middle of the differences, and the distance from end to end.
    chroma: (f32, f32),
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Green, blue, red.
    Identity,
    /// `YCgCo`.
    Simple,
    /// The weights of red and blue.
    Weights(f32, f32),
}

impl Way {
    pub(super) fn new(code: Code, bits: u8) -> Self {
        let kind = match code.matrix {
            0 => Kind::Identity,
            1 => Kind::Weights(0.2126, 0.0722),
            4 => Kind::Weights(0.30, 0.11),
            7 => Kind::Weights(0.212, 0.087),
            8 => Kind::Simple,
            9 | 10 => Kind::Weights(0.2627, 0.0593),
            _ => Kind::Weights(0.299, 0.114),
        };
        let unit = f32::from(1_u16 << (bits - 8));
        let most = 256.0 * unit - 1.0;
        let (luma, chroma) = if code.full {
            ((0.0, most), (128.0 * unit, most))
        } else {
            ((16.0 * unit, 219.0 * unit), (128.0 * unit, 224.0 * unit))
        };
        Self { kind, luma, chroma }
    }

    /// Red, green and blue, 0 to 1 where the values are sound.
    #[expect(clippy::many_single_char_names, reason = "the names of the standards")]
    pub(super) fn rgb(self, y: f32, u: f32, v: f32) -> [f32; 3] {
        let bright = |value: f32| (value - self.luma.0) / self.luma.1;
        let other = |value: f32| (value - self.chroma.0) / self.chroma.1;
        match self.kind {
            Kind::Identity => [bright(v), bright(y), bright(u)],
            Kind::Simple => {
                let (y, green, orange) = (bright(y), other(u), other(v));
                let rest = y - green;
                [rest + orange, y + green, rest - orange]
            }
            Kind::Weights(red, blue) => {
                let (y, u, v) = (bright(y), other(u), other(v));
                let r = y + 2.0 * (1.0 - red) * v;
                let b = y + 2.0 * (1.0 - blue) * u;
                [r, (y - red * r - blue * b) / (1.0 - red - blue), b]
            }
        }
    }

    /// Brightness alone.
    pub(super) fn grey(self, y: f32) -> f32 {
        (y - self.luma.0) / self.luma.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_and_red_come_out_as_they_went_in() {
        for (matrix, weights) in [(1, [0.2126, 0.0722]), (6, [0.299, 0.114])] {
            let code = Code {
                primaries: 1,
                transfer: 13,
                matrix,
                full: false,
            };
            let way = Way::new(code, 10);
            let [red, blue] = weights;
            // Red: its brightness is its weight.
            let y = 64.0 + 876.0 * red;
            let u = 512.0 + 896.0 * (0.0 - red) / (2.0 * (1.0 - blue));
            let v = 512.0 + 896.0 * 0.5;
            for (one, other) in way.rgb(y, u, v).iter().zip([1.0, 0.0, 0.0]) {
                assert!((one - other).abs() < 1e-3, "{one} {other}");
            }
            for part in way.rgb(940.0, 512.0, 512.0) {
                assert!((part - 1.0).abs() < 1e-5);
            }
        }
    }
}
