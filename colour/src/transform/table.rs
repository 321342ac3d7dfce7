// SPDX-License-Identifier: GPL-3.0-or-later
//! Conversion by a grid of nodes, interpolated in tetrahedra.
//!
//! The unit cube of red, green and blue is cut into cells, each cell into six tetrahedra along
//! its grey diagonal; a colour is the weighted mean of the four corners of its tetrahedron
//! (Kasson, Nin, Plouffe and Hafner, 1995). The weights are the differences of the three
//! fractions in falling order, so that no case is told from another by a jump: a block of pixels
//! is first turned into weights and positions (which the compiler makes vector code of), then
//! the nodes are added up pixel by pixel.

use pulp::Arch;
use wide::f32x4;

use super::bake::Reference;
use super::pixels::Order;
use super::{Recipe, TransformError};

/// Nodes along an axis.
const GRID: usize = 33;

/// Positions of nodes fit 16 bits, so that no access needs a check: the rest is never read.
const ROOM: usize = 1 << 16;

/// Pixels that are worked on at once; all that is kept of them stays in the first cache.
const BLOCK: usize = 64;

/// ΔE (CIE 1976) from which a colour counts as outside of a gamut: what tables lose on the way
/// there and back is less.
const OUTSIDE: f32 = 2.0;

/// A grid, ready to be used.
#[derive(Debug)]
pub(super) struct Table {
    /// Red is the slowest axis. The first three parts are the colour, 0 to 255; the last one is
    /// the distance to the gamut.
    nodes: Box<[f32x4; ROOM]>,
    warning: Option<[u8; 3]>,
}

impl Table {
    /// Bakes a recipe.
    pub(super) fn new(recipe: &Recipe) -> Result<Self, TransformError> {
        let reference = Reference::new(recipe)?;
        let axis = |index: usize| f32::from(u16::try_from(index).unwrap_or(0)) / LAST;
        let mut inputs = Vec::with_capacity(GRID * GRID * GRID);
        for red in 0..GRID {
            for green in 0..GRID {
                for blue in 0..GRID {
                    inputs.push([axis(red), axis(green), axis(blue)]);
                }
            }
        }
        let colours = reference.convert(&inputs)?;
        let outside = reference.outside(&inputs);
        let mut nodes = vec![f32x4::ZERO; ROOM];
        for (index, (node, colour)) in nodes.iter_mut().zip(&colours).enumerate() {
            let far = outside.as_ref().and_then(|it| it.get(index)).copied();
            // Beyond the gamut by more than this, a node would only bend its neighbours.
            let part = |value: f32| {
                let value = if value.is_finite() { value } else { 0.0 };
                (value * 255.0).clamp(-BEYOND, 255.0 + BEYOND)
            };
            *node = f32x4::from([
                part(colour[0]),
                part(colour[1]),
                part(colour[2]),
                far.unwrap_or(0.0),
            ]);
        }
        let nodes: Box<[f32x4; ROOM]> = nodes
            .into_boxed_slice()
            .try_into()
            .map_err(|_| TransformError::NoWay)?;
        Ok(Self {
            nodes,
            warning: recipe.gamut_warning,
        })
    }

    /// Converts a row.
    pub(super) fn row(&self, row: &mut [u8], order: Order) {
        Arch::new().dispatch(
            #[inline(always)]
            || match (order, self.warning) {
                (Order::Rgba, None) => self.convert::<0, 2, false>(row, [0; 3]),
                (Order::Bgra, None) => self.convert::<2, 0, false>(row, [0; 3]),
                (Order::Rgba, Some(colour)) => self.convert::<0, 2, true>(row, colour),
                (Order::Bgra, Some(colour)) => self.convert::<2, 0, true>(row, colour),
            },
        );
    }

    #[inline(always)]
    fn convert<const R: usize, const B: usize, const WARN: bool>(
        &self,
        row: &mut [u8],
        warning: [u8; 3],
    ) {
        let mut places = Places::default();
        let (pixels, _) = row.as_chunks_mut::<4>();
        for block in pixels.chunks_mut(BLOCK) {
            places.find::<R, B>(block);
            for (index, pixel) in block.iter_mut().enumerate() {
                let value = self.mean(&places, index);
                let [red, green, blue, far] = value.fast_round_int().to_array();
                if WARN && f32x4::to_array(value)[3] > OUTSIDE {
                    pixel[R] = warning[0];
                    pixel[1] = warning[1];
                    pixel[B] = warning[2];
                } else {
                    let _ = far;
                    pixel[R] = byte(red);
                    pixel[1] = byte(green);
                    pixel[B] = byte(blue);
                }
            }
        }
    }

    /// The weighted mean of the four corners.
    #[inline(always)]
    fn mean(&self, places: &Places, index: usize) -> f32x4 {
        let node = |place: u16| self.nodes[usize::from(place)];
        let [one, two, three, four] = &places.weight;
        node(places.corner[0][index]) * f32x4::splat(one[index])
            + node(places.corner[1][index]) * f32x4::splat(two[index])
            + (node(places.corner[2][index]) * f32x4::splat(three[index])
                + node(places.corner[3][index]) * f32x4::splat(four[index]))
    }
}

#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cut to the range before"
)]
fn byte(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

/// The last node's number.
const LAST: f32 = 32.0;

/// How far beyond 0 and 255 a node may lie.
const BEYOND: f32 = 64.0;

/// Cells along an axis for one of the 255 steps of a device value.
const STEP: f32 = LAST / 255.0;

/// Steps between nodes along red and green; along blue it is one.
const RED: i32 = 33 * 33;
const GREEN: i32 = 33;

/// Where the pixels of a block lie in the grid.
struct Places {
    corner: [[u16; BLOCK]; 4],
    weight: [[f32; BLOCK]; 4],
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
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "positions lie between 0 and 35937"
    )]
    fn find<const R: usize, const B: usize>(&mut self, block: &[[u8; 4]]) {
        let length = block.len().min(BLOCK);
        for index in 0..length {
            let pixel = block[index];
            let cell = |value: u8| {
                let place = f32::from(value) * STEP;
                // The last node belongs to the last cell.
                let cell = (place as i32).min(31);
                (cell, place - cell as f32)
            };
            let (red, r) = cell(pixel[R]);
            let (green, g) = cell(pixel[1]);
            let (blue, b) = cell(pixel[B]);
            let base = red * RED + green * GREEN + blue;
            // The axis of the largest fraction is gone along first, that of the least last.
            let most = r.max(g).max(b);
            let least = r.min(g).min(b);
            let middle = r.min(g).max(r.max(g).min(b));
            let first = if r >= g && r >= b {
                RED
            } else if g >= b {
                GREEN
            } else {
                1
            };
            let last = if r < g && r < b {
                RED
            } else if g < b {
                GREEN
            } else {
                1
            };
            let far = base + RED + GREEN + 1;
            self.corner[0][index] = base as u16;
            self.corner[1][index] = (base + first) as u16;
            self.corner[2][index] = (far - last) as u16;
            self.corner[3][index] = far as u16;
            self.weight[0][index] = 1.0 - most;
            self.weight[1][index] = most - middle;
            self.weight[2][index] = middle - least;
            self.weight[3][index] = least;
        }
    }
}
