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
use super::places::{BLOCK, Places, last, node_value};
use super::{Recipe, TransformError};

/// ΔE (CIE 1976) from which a colour counts as outside of a gamut: what tables lose on the way
/// there and back is less.
const OUTSIDE: i32 = 2;

/// How far a grid may be from the reference, in steps of 8 bits: the mean over colours between
/// its nodes. More, and the finer grid is taken.
const ENOUGH: f32 = 0.12;

/// Colours that a grid is compared with the reference in.
const PROBES: u16 = 2000;

/// How far beyond 0 and 255 a node may lie: more would only bend its neighbours.
const BEYOND: f32 = 64.0;

/// Nodes along an axis of the two grids, and room for all of them: powers of two, so that a mask
/// takes the place of each check of bounds. What is left over is never read.
const USUAL: usize = 40;
const FINE: usize = 64;
const USUAL_ROOM: usize = 1 << 16;
const FINE_ROOM: usize = 1 << 18;

/// A grid, ready to be used.
#[derive(Debug)]
pub(super) struct Table {
    grid: Grid,
    warning: Option<[u8; 3]>,
}

/// The nodes. Red is the slowest axis. The first three parts are the colour, 0 to 255; the last
/// one is the distance to the gamut.
#[derive(Debug)]
enum Grid {
    /// What most profiles need; it stays in the second cache.
    Usual(Box<[f32x4; USUAL_ROOM]>),
    /// For profiles whose own tables are coarse: their bends lie anywhere.
    Fine(Box<[f32x4; FINE_ROOM]>),
}

impl Table {
    /// Bakes a recipe.
    pub(super) fn new(recipe: &Recipe) -> Result<Self, TransformError> {
        let reference = Reference::new(recipe)?;
        let mut table = Self {
            grid: Grid::Usual(bake::<USUAL, USUAL_ROOM>(&reference)?),
            warning: recipe.gamut_warning,
        };
        // The finer one has four times the nodes; a profile that is slow already is spared it.
        let quick = reference.effort() < Reference::DEADLINE / 8;
        if quick && table.distance(&reference)? > ENOUGH {
            match bake::<FINE, FINE_ROOM>(&reference) {
                Ok(nodes) => table.grid = Grid::Fine(nodes),
                // The usual one is better than none.
                Err(TransformError::TooSlow) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(table)
    }

    /// Whether it has the finer grid.
    pub(super) fn is_fine(&self) -> bool {
        matches!(self.grid, Grid::Fine(_))
    }

    /// The mean distance to the reference, in steps of 8 bits, of colours all over the cube.
    fn distance(&self, reference: &Reference) -> Result<f32, TransformError> {
        let mut state = 0x2545_f491_u32;
        let mut colour = || {
            // Xorshift: the same colours each time.
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let [_, red, green, blue] = state.to_be_bytes();
            [red, green, blue]
        };
        let colours: Vec<[u8; 3]> = (0..PROBES).map(|_| colour()).collect();
        let inputs: Vec<[f32; 3]> = colours
            .iter()
            .map(|colour| colour.map(|part| f32::from(part) / 255.0))
            .collect();
        let right = reference.convert(&inputs)?;
        let mut sum = 0.0;
        for (colour, right) in colours.iter().zip(&right) {
            for (ours, right) in self.exact(*colour).iter().zip(right) {
                let right = right.clamp(0.0, 1.0) * 255.0;
                sum += (ours.clamp(0.0, 255.0) - right).abs();
            }
        }
        Ok(sum / f32::from(PROBES) / 3.0)
    }

    /// A colour before it is rounded.
    fn exact(&self, [red, green, blue]: [u8; 3]) -> [f32; 4] {
        let mut block = [[0; 4]; BLOCK];
        block[0] = [red, green, blue, 0];
        let mut places = Places::default();
        let exact = match &self.grid {
            Grid::Usual(nodes) => {
                places.find::<0, 2, USUAL>(&block);
                mean(nodes, &places, 0)
            }
            Grid::Fine(nodes) => {
                places.find::<0, 2, FINE>(&block);
                mean(nodes, &places, 0)
            }
        };
        exact.to_array()
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
        let arch = Arch::new();
        match &self.grid {
            Grid::Usual(nodes) => arch.dispatch(Run::<R, B, WARN, USUAL, USUAL_ROOM> {
                nodes,
                row,
                warning,
            }),
            Grid::Fine(nodes) => arch.dispatch(Run::<R, B, WARN, FINE, FINE_ROOM> {
                nodes,
                row,
                warning,
            }),
        }
    }
}

/// The nodes of a grid of `SIDE` along an axis, in `COUNT` places.
fn bake<const SIDE: usize, const COUNT: usize>(
    reference: &Reference,
) -> Result<Box<[f32x4; COUNT]>, TransformError> {
    let axis: Vec<f32> = (0..SIDE)
        .map(|index| node_value(i32::try_from(index).unwrap_or(0), last::<SIDE>()))
        .collect();
    let inputs: Vec<[f32; 3]> = (0..SIDE * SIDE * SIDE)
        .map(|index| {
            [index / (SIDE * SIDE), index / SIDE % SIDE, index % SIDE].map(|part| axis[part])
        })
        .collect();
    let colours = reference.convert(&inputs)?;
    let outside = reference.outside(&inputs);
    let node = |(index, colour): (usize, &[f32; 3])| {
        let far = outside.as_ref().and_then(|it| it.get(index)).copied();
        let part = |value: f32| {
            let value = if value.is_finite() { value } else { 0.0 };
            (value * 255.0).clamp(-BEYOND, 255.0 + BEYOND)
        };
        let [red, green, blue] = colour.map(part);
        f32x4::from([red, green, blue, far.unwrap_or(0.0)])
    };
    let mut nodes: Vec<f32x4> = colours.iter().enumerate().map(node).collect();
    nodes.resize(COUNT, f32x4::ZERO);
    nodes
        .into_boxed_slice()
        .try_into()
        .map_err(|_| TransformError::NoWay)
}

/// A call of the kernel, as [`Arch::dispatch`] takes it. It is no closure: those are not always
/// compiled into the function that has the instructions.
struct Run<
    'a,
    const R: usize,
    const B: usize,
    const WARN: bool,
    const SIDE: usize,
    const COUNT: usize,
> {
    nodes: &'a [f32x4; COUNT],
    row: &'a mut [u8],
    warning: [u8; 3],
}

impl<const R: usize, const B: usize, const WARN: bool, const SIDE: usize, const COUNT: usize>
    NullaryFnOnce for Run<'_, R, B, WARN, SIDE, COUNT>
{
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let mut places = Places::default();
        let (pixels, _) = self.row.as_chunks_mut::<4>();
        let (blocks, rest) = pixels.as_chunks_mut::<BLOCK>();
        for block in blocks {
            convert::<R, B, WARN, SIDE, COUNT>(self.nodes, block, &mut places, self.warning);
        }
        // What is left over is filled up to a block.
        let mut last = [[0; 4]; BLOCK];
        if let Some(part) = last.get_mut(..rest.len()).filter(|it| !it.is_empty()) {
            part.copy_from_slice(rest);
            convert::<R, B, WARN, SIDE, COUNT>(self.nodes, &mut last, &mut places, self.warning);
            for (to, from) in rest.iter_mut().zip(last) {
                *to = from;
            }
        }
    }
}

#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values are cut to the range of a byte before"
)]
fn convert<
    const R: usize,
    const B: usize,
    const WARN: bool,
    const SIDE: usize,
    const COUNT: usize,
>(
    nodes: &[f32x4; COUNT],
    block: &mut [[u8; 4]; BLOCK],
    places: &mut Places,
    warning: [u8; 3],
) {
    places.find::<R, B, SIDE>(block);
    let mut values = [[0_i32; 4]; BLOCK];
    let (least, most) = (f32x4::ZERO, f32x4::splat(255.0));
    for (index, value) in values.iter_mut().enumerate() {
        let mean = mean(nodes, places, index);
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
fn mean<const COUNT: usize>(nodes: &[f32x4; COUNT], places: &Places, index: usize) -> f32x4 {
    let node = |corner: usize| nodes[places.corner[corner][index] as usize & (COUNT - 1)];
    let weight = |corner: usize| f32x4::splat(places.weight[corner][index]);
    (node(0) * weight(0) + node(1) * weight(1)) + (node(2) * weight(2) + node(3) * weight(3))
}
