// SPDX-License-Identifier: GPL-3.0-or-later
//! Conversion by a grid of nodes, interpolated in tetrahedra.
//!
//! The unit cube of red, green and blue is cut into cells, each cell into six tetrahedra along
//! its grey diagonal; a colour is the weighted mean of the four corners of its tetrahedron
//! (Kasson, Nin, Plouffe and Hafner, 1995). The weights are the differences of the three
//! fractions in falling order, so that no case is told from another by a jump: a block of pixels
//! is first turned into weights and positions (which the compiler makes vector code of), then
//! the nodes are added up pixel by pixel.

#![allow(
    clippy::inline_always,
    reason = "a kernel must be compiled into the function that has the instructions"
)]

use pulp::{Arch, NullaryFnOnce};
use wide::f32x4;

use super::bake::Reference;
use super::pixels::Order;
use super::{Recipe, TransformError};

/// Nodes along an axis.
const GRID: usize = 40;

/// Positions of nodes fit 16 bits, so that no access needs a check: the rest is never read.
const ROOM: usize = 1 << 16;

/// Pixels that are worked on at once; all that is kept of them stays in the first cache.
const BLOCK: usize = 64;

/// ΔE (CIE 1976) from which a colour counts as outside of a gamut: what tables lose on the way
/// there and back is less.
const OUTSIDE: i32 = 2;

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
        let axis = |index: usize| node_value(i32::try_from(index).unwrap_or(0));
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
        match (order, self.warning) {
            (Order::Rgba, None) => self.best::<0, 2, false>(row, [0; 3]),
            (Order::Bgra, None) => self.best::<2, 0, false>(row, [0; 3]),
            (Order::Rgba, Some(colour)) => self.best::<0, 2, true>(row, colour),
            (Order::Bgra, Some(colour)) => self.best::<2, 0, true>(row, colour),
        }
    }

    /// The kernel with the best instructions that this processor has.
    fn best<const R: usize, const B: usize, const WARN: bool>(
        &self,
        row: &mut [u8],
        warning: [u8; 3],
    ) {
        Arch::new().dispatch(Run::<R, B, WARN> {
            table: self,
            row,
            warning,
        });
    }

    #[inline(always)]
    fn convert<const R: usize, const B: usize, const WARN: bool>(
        &self,
        row: &mut [u8],
        warning: [u8; 3],
    ) {
        let mut places = Places::default();
        let (pixels, _) = row.as_chunks_mut::<4>();
        let (blocks, rest) = pixels.as_chunks_mut::<BLOCK>();
        for block in blocks {
            self.block::<R, B, WARN>(block, &mut places, warning);
        }
        // What is left over is filled up to a block.
        let mut last = [[0; 4]; BLOCK];
        if let Some(part) = last.get_mut(..rest.len()).filter(|part| !part.is_empty()) {
            part.copy_from_slice(rest);
            self.block::<R, B, WARN>(&mut last, &mut places, warning);
            for (to, from) in rest.iter_mut().zip(last) {
                *to = from;
            }
        }
    }

    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "values are cut to the range of a byte before"
    )]
    fn block<const R: usize, const B: usize, const WARN: bool>(
        &self,
        block: &mut [[u8; 4]; BLOCK],
        places: &mut Places,
        warning: [u8; 3],
    ) {
        places.find::<R, B>(block);
        let mut values = [[0_i32; 4]; BLOCK];
        let (least, most) = (f32x4::ZERO, f32x4::splat(255.0));
        for (index, value) in values.iter_mut().enumerate() {
            let mean = self.mean(places, index);
            *value = mean
                .fast_max(least)
                .fast_min(most)
                .fast_round_int()
                .to_array();
        }
        // Narrowing them all in one go is vector code.
        let mut bytes = [0; BLOCK * 4];
        for (byte, value) in bytes.iter_mut().zip(values.as_flattened()) {
            *byte = *value as u8;
        }
        for (pixel, new) in block.iter_mut().zip(bytes.as_chunks::<4>().0) {
            let new = u32::from_le_bytes(*new);
            let colour = if R == 0 {
                new & 0x00ff_ffff
            } else {
                (new & 0xff) << 16 | new & 0xff00 | new >> 16 & 0xff
            };
            let alpha = u32::from_le_bytes(*pixel) & 0xff00_0000;
            *pixel = (colour | alpha).to_le_bytes();
        }
        if WARN {
            for (pixel, value) in block.iter_mut().zip(&values) {
                if value[3] > OUTSIDE {
                    pixel[R] = warning[0];
                    pixel[1] = warning[1];
                    pixel[B] = warning[2];
                }
            }
        }
    }

    /// The weighted mean of the four corners.
    #[inline(always)]
    fn mean(&self, places: &Places, index: usize) -> f32x4 {
        let node = |corner: usize| self.nodes[usize::from(places.corner[corner][index])];
        let weight = |corner: usize| f32x4::splat(places.weight[corner][index]);
        (node(0) * weight(0) + node(1) * weight(1)) + (node(2) * weight(2) + node(3) * weight(3))
    }
}

/// A call of the kernel, as [`Arch::dispatch`] takes it. It is no closure: those are not always
/// compiled into the function that has the instructions.
struct Run<'a, const R: usize, const B: usize, const WARN: bool> {
    table: &'a Table,
    row: &'a mut [u8],
    warning: [u8; 3],
}

impl<const R: usize, const B: usize, const WARN: bool> NullaryFnOnce for Run<'_, R, B, WARN> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.table.convert::<R, B, WARN>(self.row, self.warning);
    }
}

/// The last node's number.
const LAST: i32 = 39;

/// The nodes lie closer in the dark, where a step of a device value is seen most and where black
/// points bend the way: every fourth value up to 32, then every 7.2.
const DARK_NODES: i32 = 8;
const DARK_STEP: i32 = 4;

/// The place of a device value, in 65536ths of a cell, is the lesser of two lines: this one ...
const DARK: i32 = 65536 / DARK_STEP;

/// ... and this one, which meets it at the last dark node and ends at the last node.
const LIGHT: i32 = ((LAST - DARK_NODES) << 16) / (255 - DARK_NODES * DARK_STEP);
const BEND: i32 = (LAST << 16) - 255 * LIGHT;

/// How far beyond 0 and 255 a node may lie.
const BEYOND: f32 = 64.0;

/// Steps between nodes along red and green; along blue it is one.
const RED: i32 = 40 * 40;
const GREEN: i32 = 40;

/// The device value (0 to 1) of a node.
fn node_value(node: i32) -> f32 {
    let place = f64::from(node << 16);
    let line = |shift: i32, slope: i32| (place - f64::from(shift)) / f64::from(slope);
    let value = line(0, DARK).max(line(BEND, LIGHT)) / 255.0;
    #[expect(clippy::cast_possible_truncation, reason = "fewer digits are enough")]
    let value = value as f32;
    value
}

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
        clippy::needless_range_loop,
        reason = "positions lie between 0 and 63999; loops over several arrays become vector code"
    )]
    fn find<const R: usize, const B: usize>(&mut self, block: &[[u8; 4]; BLOCK]) {
        let mut words = [0_i32; BLOCK];
        for index in 0..BLOCK {
            words[index] = i32::from_le_bytes(block[index]);
        }
        for index in 0..BLOCK {
            // The last node belongs to the last cell.
            let word = words[index];
            let values = [
                word >> (R * 8) & 255,
                word >> 8 & 255,
                word >> (B * 8) & 255,
            ];
            let place = values.map(|value| (value * DARK).min(BEND + value * LIGHT));
            let [red, green, blue] = place.map(|place| (place >> 16).min(LAST - 1));
            let fraction = |place: i32, cell: i32| (place - (cell << 16)) as f32 * (1.0 / 65536.0);
            let r = fraction(place[0], red);
            let g = fraction(place[1], green);
            let b = fraction(place[2], blue);
            let base = red * RED + green * GREEN + blue;
            // The axis of the largest fraction is gone along first, that of the least last.
            let high = if r > g { r } else { g };
            let low = if r > g { g } else { r };
            let most = if high > b { high } else { b };
            let least = if low > b { b } else { low };
            let under = if high > b { b } else { high };
            let middle = if low > under { low } else { under };
            let first = if r > g { RED } else { GREEN };
            let first = if high > b { first } else { 1 };
            let end = if r > g { GREEN } else { RED };
            let end = if low > b { 1 } else { end };
            let far = base + RED + GREEN + 1;
            self.corner[0][index] = base as u16;
            self.corner[1][index] = (base + first) as u16;
            self.corner[2][index] = (far - end) as u16;
            self.corner[3][index] = far as u16;
            self.weight[0][index] = 1.0 - most;
            self.weight[1][index] = most - middle;
            self.weight[2][index] = middle - least;
            self.weight[3][index] = least;
        }
    }
}
