// SPDX-License-Identifier: GPL-3.0-or-later
//! Where pixels lie in a grid of nodes: the corners of their tetrahedra, and the weights of these.

#![allow(
    clippy::inline_always,
    reason = "it must be compiled into the function that has the instructions"
)]

/// Pixels that are worked on at once; all that is kept of them stays in the first cache.
pub(super) const BLOCK: usize = 64;

/// The nodes lie closer in the dark, where a step of a device value is seen most and where black
/// points bend the way: every fourth value up to 32, then at equal distances.
const DARK_NODES: i32 = 8;
const DARK_STEP: i32 = 4;

/// The place of a device value, in 65536ths of a cell, is the lesser of two lines: this one ...
const DARK: i32 = 65536 / DARK_STEP;

/// ... and this one, which meets it at the last dark node and ends at the last node: its slope,
/// and where it begins.
const fn light(last: i32) -> (i32, i32) {
    let slope = ((last - DARK_NODES) << 16) / (255 - DARK_NODES * DARK_STEP);
    (slope, (last << 16) - 255 * slope)
}

/// The number of the last node along an axis of `SIDE` nodes.
pub(super) const fn last<const SIDE: usize>() -> i32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "no grid has more than 64 nodes along an axis"
    )]
    let last = SIDE as i32 - 1;
    last
}

/// The device value (0 to 1) of a node.
pub(super) fn node_value(node: i32, last: i32) -> f32 {
    let place = f64::from(node << 16);
    let (slope, bend) = light(last);
    let line = |shift: i32, slope: i32| (place - f64::from(shift)) / f64::from(slope);
    let value = line(0, DARK).max(line(bend, slope)) / 255.0;
    #[expect(clippy::cast_possible_truncation, reason = "fewer digits are enough")]
    let value = value as f32;
    value
}

/// Where the pixels of a block lie in the grid.
pub(super) struct Places {
    /// The positions of the four corners.
    pub(super) corner: [[u32; BLOCK]; 4],
    /// Their weights, which add up to 1.
    pub(super) weight: [[f32; BLOCK]; 4],
}

impl Default for Places {
    fn default() -> Self {
        Self {
            corner: [[0; BLOCK]; 4],
            weight: [[0.0; BLOCK]; 4],
        }
    }
}

impl Places {
    /// Finds the places of a block's pixels, whose red and blue are the bytes `R` and `B`.
    #[inline(always)]
    #[expect(
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        clippy::needless_range_loop,
        clippy::similar_names,
        reason = "positions lie between 0 and 262143; loops over several arrays become vector code"
    )]
    pub(super) fn find<const R: usize, const B: usize, const SIDE: usize>(
        &mut self,
        block: &[[u8; 4]; BLOCK],
    ) {
        let last = last::<SIDE>();
        let (slope, bend) = light(last);
        // Steps between nodes along red and green; along blue it is one.
        let green_step = last + 1;
        let red_step = green_step * green_step;
        let mut words = [0_i32; BLOCK];
        for index in 0..BLOCK {
            words[index] = i32::from_le_bytes(block[index]);
        }
        for index in 0..BLOCK {
            let word = words[index];
            let values = [
                word >> (R * 8) & 255,
                word >> 8 & 255,
                word >> (B * 8) & 255,
            ];
            let place = values.map(|value| (value * DARK).min(bend + value * slope));
            // The last node belongs to the last cell.
            let [red, green, blue] = place.map(|place| (place >> 16).min(last - 1));
            let fraction = |place: i32, cell: i32| (place - (cell << 16)) as f32 * (1.0 / 65536.0);
            let r = fraction(place[0], red);
            let g = fraction(place[1], green);
            let b = fraction(place[2], blue);
            let base = red * red_step + green * green_step + blue;
            // The axis of the largest fraction is gone along first, that of the least last.
            let high = if r > g { r } else { g };
            let low = if r > g { g } else { r };
            let most = if high > b { high } else { b };
            let least = if low > b { b } else { low };
            let under = if high > b { b } else { high };
            let middle = if low > under { low } else { under };
            let first = if r > g { red_step } else { green_step };
            let first = if high > b { first } else { 1 };
            let end = if r > g { green_step } else { red_step };
            let end = if low > b { 1 } else { end };
            let far = base + red_step + green_step + 1;
            self.corner[0][index] = base as u32;
            self.corner[1][index] = (base + first) as u32;
            self.corner[2][index] = (far - end) as u32;
            self.corner[3][index] = far as u32;
            self.weight[0][index] = 1.0 - most;
            self.weight[1][index] = most - middle;
            self.weight[2][index] = middle - least;
            self.weight[3][index] = least;
        }
    }
}
