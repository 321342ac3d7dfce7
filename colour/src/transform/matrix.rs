// SPDX-License-Identifier: GPL-3.0-or-later
//! Conversion between two profiles of primaries and curves.
//!
//! Light adds up. For each value of each channel a table holds what it adds to the light of the
//! three channels of the target, side by side in one number of 64 bits, so that a pixel costs two
//! additions and three look-ups. The tables of the output go on beyond black and full light, as
//! far as sums can, so that nothing has to be cut to a range. Black point compensation scales and
//! moves XYZ, which is linear, too: it goes into the tables and costs nothing.

#![allow(
    clippy::inline_always,
    reason = "a kernel must be compiled into the function that has the instructions"
)]

use lcms2::{Tag, TagSignature};
use pulp::{Arch, NullaryFnOnce};

use super::bake::{Opened, Reference, black_points, open};
use super::pixels::Order;
use super::{Recipe, TransformError};
use crate::matrix::{Matrix3, column_matrix};
use crate::profile::{ColourSpace, Intent, Profile, Reader, Signature};
use crate::standard::D50;

/// Places of light from black to full. The steps are 1/16383 of it: what an eye sees of them,
/// even in the dark, is far below one step of 8 bits.
const STEPS: usize = 1 << 14;

/// The place of full light.
const TOP: f32 = 16383.0;

/// Entries of a table of the output, with the room for sums below black and above full light.
const ROOM: usize = 1 << 16;

/// A sum has three fields of so many bits, for the target's three channels. The upper sixteen of
/// a field are a place, the others parts of one.
const FIELD: u32 = 21;

/// The bits of a field below a place.
const PARTS: u32 = 5;

/// Tables, ready to be used.
#[derive(Debug)]
pub(super) struct Matrix {
    /// What a value of red, green or blue adds to the light of the target's three channels.
    light: [Box<[u64; 256]>; 3],
    /// The device values for places of light, as often as the target has different curves.
    values: Vec<Box<[u8; ROOM]>>,
    /// Which of these is for which channel.
    curve: [usize; 3],
}

/// What the three channels' values add to the light of one channel of the target, in places.
type Additions = [[f64; 256]; 3];

impl Matrix {
    /// The tables for a recipe; `None` where it is not one of two matrices, or where the tables
    /// do not say what the reference says.
    pub(super) fn new(recipe: &Recipe) -> Result<Option<Self>, TransformError> {
        let plain = recipe.proof.is_none()
            && recipe.gamut_warning.is_none()
            && recipe.intent != Intent::AbsoluteColorimetric;
        if !plain || !is_matrix(&recipe.source, *b"A2B") || !is_matrix(&recipe.target, *b"B2A") {
            return Ok(None);
        }
        let Some(made) = Self::make(recipe)? else {
            return Ok(None);
        };
        Ok(made.agrees(&Reference::new(recipe)?)?.then_some(made))
    }

    fn make(recipe: &Recipe) -> Result<Option<Self>, TransformError> {
        let (Some(from), Some(to)) = (colorants(&recipe.source), colorants(&recipe.target)) else {
            return Ok(None);
        };
        let Some(back) = to.inverse() else {
            return Ok(None);
        };
        let source = open(&recipe.source)?;
        let target = open(&recipe.target)?;
        let (scale, shift) = compensation(recipe, &source, &target);
        let whole = back * Matrix3::diagonal(scale) * from;
        let shift = back * shift;
        let (Some(curves), Some(reverse)) = (curves(&source), curves(&target)) else {
            return Ok(None);
        };
        let additions: [Additions; 3] = [0, 1, 2].map(|row| {
            [0, 1, 2].map(|channel| {
                let part = whole.column(channel)[row];
                let moved = if channel == 0 { shift[row] } else { 0.0 };
                std::array::from_fn(|value| {
                    let value = u8::try_from(value).unwrap_or(u8::MAX);
                    let light = curves[channel](f32::from(value) / 255.0);
                    (part * f64::from(light) + moved) * f64::from(TOP)
                })
            })
        });
        let Some((light, zero)) = packed(&additions) else {
            return Ok(None);
        };
        let mut values: Vec<Box<[u8; ROOM]>> = Vec::new();
        let mut curve = [0; 3];
        for (channel, reverse) in reverse_tables(&target, &reverse).into_iter().enumerate() {
            let Some(table) = with_room(&reverse, zero) else {
                return Ok(None);
            };
            let known = values.iter().position(|other| *other == table);
            curve[channel] = known.unwrap_or(values.len());
            if known.is_none() {
                values.push(table);
            }
        }
        Ok(Some(Self {
            light,
            values,
            curve,
        }))
    }

    /// Compares with the reference, over a coarse grid and the greys.
    fn agrees(&self, reference: &Reference) -> Result<bool, TransformError> {
        let mut colours: Vec<[u8; 3]> = (0..=255).map(|grey| [grey; 3]).collect();
        for red in (0..=255).step_by(51) {
            for green in (0..=255).step_by(51) {
                colours.extend((0..=255).step_by(51).map(|blue| [red, green, blue]));
            }
        }
        let inputs: Vec<[f32; 3]> = colours
            .iter()
            .map(|colour| colour.map(|part| f32::from(part) / 255.0))
            .collect();
        let right = reference.convert(&inputs)?;
        let mut pixels: Vec<u8> = colours
            .iter()
            .flat_map(|[red, green, blue]| [*red, *green, *blue, 255])
            .collect();
        self.row(&mut pixels, Order::Rgba);
        let (pixels, _) = pixels.as_chunks::<4>();
        Ok(pixels.iter().zip(&right).all(|(pixel, right)| {
            pixel.iter().zip(right).all(|(value, right)| {
                let right = right.clamp(0.0, 1.0) * 255.0;
                // In the dark a step of light is several steps of a device value.
                let allowed = if right < 16.0 { 4.5 } else { 0.8 };
                (f32::from(*value) - right).abs() <= allowed
            })
        }))
    }

    /// Converts a row.
    pub(super) fn row(&self, row: &mut [u8], order: Order) {
        match order {
            Order::Rgba => Arch::new().dispatch(Run::<0, 2> { matrix: self, row }),
            Order::Bgra => Arch::new().dispatch(Run::<2, 0> { matrix: self, row }),
        }
    }

    #[inline(always)]
    fn convert<const R: usize, const B: usize>(&self, row: &mut [u8]) {
        let [red, green, blue] = &self.light;
        let table = |channel: usize| self.values.get(self.curve[channel]).map(|it| &**it);
        let (Some(one), Some(two), Some(three)) = (table(0), table(1), table(2)) else {
            return;
        };
        let [red, green, blue] = [&**red, &**green, &**blue];
        let (pixels, _) = row.as_chunks_mut::<4>();
        for pixel in pixels {
            let light = red[usize::from(pixel[R])]
                .wrapping_add(green[usize::from(pixel[1])])
                .wrapping_add(blue[usize::from(pixel[B])]);
            pixel[R] = one[place(light, 0)];
            pixel[1] = two[place(light, 1)];
            pixel[B] = three[place(light, 2)];
        }
    }
}

/// The place in one of the fields of a sum.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is cut off is of other fields"
)]
fn place(light: u64, field: u32) -> usize {
    (light >> (field * FIELD + PARTS)) as usize & (ROOM - 1)
}

/// Packs the additions of all three channels of the target into one number for each value, and
/// tells which place no light has; `None` where sums go so far beyond the range that there is no
/// room for them.
fn packed(additions: &[Additions; 3]) -> Option<([Box<[u64; 256]>; 3], usize)> {
    let sums = |of: fn(&[f64; 256]) -> f64| -> [f64; 3] {
        [0, 1, 2].map(|row: usize| additions[row].iter().map(of).sum())
    };
    let lowest = |values: &[f64; 256]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = |values: &[f64; 256]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let below = sums(lowest).into_iter().fold(0.0, f64::min);
    let above = sums(highest).into_iter().fold(f64::from(TOP), f64::max);
    // One place more on either side, for rounding.
    let black = 1.0 - below.floor();
    let fits = black + above + 2.0 < f64::from(u16::MAX);
    if !fits {
        return None;
    }
    let parts = f64::from(1_u32 << PARTS);
    let light = [0, 1, 2].map(|channel: usize| {
        Box::new(std::array::from_fn(|value| {
            let mut sum = 0_i64;
            for (row, additions) in (0_u32..).zip(additions) {
                let mut places = additions[channel][value];
                if channel == 0 {
                    // Half a place, so that cutting is rounding.
                    places += black + 0.5;
                }
                sum += rounded(places * parts) << (row * FIELD);
            }
            // A field that is negative by itself borrows from the next one; the three together
            // give back what was borrowed.
            sum.cast_unsigned()
        }))
    });
    Some((light, usize::try_from(rounded(black)).ok()?))
}

/// A table that goes on with its first value below black, and with its last above full light.
fn with_room(table: &[u8], zero: usize) -> Option<Box<[u8; ROOM]>> {
    let (first, last) = (*table.first()?, *table.last()?);
    let values: Vec<u8> = (0..ROOM)
        .map(|place| match place.checked_sub(zero) {
            None => first,
            Some(place) => table.get(place).copied().unwrap_or(last),
        })
        .collect();
    values.into_boxed_slice().try_into().ok()
}

/// A call of the kernel, as [`Arch::dispatch`] takes it. It is no closure: those are not always
/// compiled into the function that has the instructions.
struct Run<'a, const R: usize, const B: usize> {
    matrix: &'a Matrix,
    row: &'a mut [u8],
}

impl<const R: usize, const B: usize> NullaryFnOnce for Run<'_, R, B> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.matrix.convert::<R, B>(self.row);
    }
}

type Curves<'a> = [Box<dyn Fn(f32) -> f32 + 'a>; 3];

const CURVES: [TagSignature; 3] = [
    TagSignature::RedTRCTag,
    TagSignature::GreenTRCTag,
    TagSignature::BlueTRCTag,
];

/// The three curves of a profile, from device value to light.
fn curves(opened: &Opened) -> Option<Curves<'_>> {
    let [red, green, blue] = CURVES.map(|name| match opened.profile.read_tag(name) {
        Tag::ToneCurve(curve) => Some(curve),
        _ => None,
    });
    let (red, green, blue) = (red?, green?, blue?);
    Some([
        Box::new(move |value| red.eval(value)),
        Box::new(move |value| green.eval(value)),
        Box::new(move |value| blue.eval(value)),
    ])
}

/// The tables from places of light to device values.
fn reverse_tables(opened: &Opened, forward: &Curves<'_>) -> Vec<Vec<u8>> {
    let mut tables: Vec<(Vec<u16>, Vec<u8>)> = Vec::new();
    CURVES
        .iter()
        .zip(forward)
        .map(|(name, forward)| {
            // Curves are the same where they say the same in 256 places.
            let places: Vec<u16> = (0..=255_u8)
                .map(|value| sixteen(forward(f32::from(value) / 255.0)))
                .collect();
            if let Some((_, table)) = tables.iter().find(|(other, _)| *other == places) {
                return table.clone();
            }
            let Tag::ToneCurve(curve) = opened.profile.read_tag(*name) else {
                return Vec::new();
            };
            let reverse = curve.reversed();
            let table: Vec<u8> = (0..STEPS)
                .map(|place| {
                    let light = f32::from(u16::try_from(place).unwrap_or(u16::MAX)) / TOP;
                    eight(reverse.eval(light))
                })
                .collect();
            tables.push((places, table.clone()));
            table
        })
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cut to the range before; what is no number becomes 0"
)]
fn eight(value: f32) -> u8 {
    (value * 255.0).round().clamp(0.0, 255.0) as u8
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cut to the range before; what is no number becomes 0"
)]
fn sixteen(value: f32) -> u16 {
    (value * 65535.0).round().clamp(0.0, 65535.0) as u16
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "sums were found to be in the range before"
)]
fn rounded(value: f64) -> i64 {
    value.round() as i64
}

/// Whether a profile's way (`A2B` or `B2A`) is that of primaries and curves.
fn is_matrix(profile: &Profile, way: [u8; 3]) -> bool {
    let tables = b"012".iter().any(|number| {
        profile
            .tag(Signature([way[0], way[1], way[2], *number]))
            .is_some()
    });
    !tables && profile.header().connection_space == ColourSpace::XYZ
}

/// XYZ of the three primaries.
fn colorants(profile: &Profile) -> Option<Matrix3> {
    let column = |name: &[u8; 4]| Reader(profile.tag(Signature(*name))?).xyz(8);
    Some(column_matrix([
        column(b"rXYZ")?,
        column(b"gXYZ")?,
        column(b"bXYZ")?,
    ]))
}

/// What black point compensation does to XYZ: a factor and a shift for each part.
fn compensation(recipe: &Recipe, source: &Opened, target: &Opened) -> ([f64; 3], [f64; 3]) {
    // lcms2 compensates for perceptual and saturation intents of version 4, asked or not.
    let asked = recipe.black_point
        || matches!(recipe.intent, Intent::Perceptual | Intent::Saturation)
            && recipe.target.header().version.major >= 4;
    let (from, to) = black_points(source, target, recipe.intent);
    if !asked {
        return ([1.0; 3], [0.0; 3]);
    }
    let mut scale = [1.0; 3];
    let mut shift = [0.0; 3];
    for part in 0..3 {
        let range = from[part] - D50[part];
        scale[part] = (to[part] - D50[part]) / range;
        shift[part] = -D50[part] * (to[part] - from[part]) / range;
    }
    (scale, shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::{DISPLAY_P3, SRGB, Space};

    /// All colours that the sum can be the furthest from the range of, and greys.
    fn extremes() -> Vec<[u8; 3]> {
        let ends = [0_u8, 1, 127, 254, 255];
        let mut all = Vec::new();
        for red in ends {
            for green in ends {
                all.extend(ends.map(|blue| [red, green, blue]));
            }
        }
        all
    }

    #[test]
    fn sums_beyond_the_range_end_at_its_ends() {
        // Much wider than sRGB: two of its primaries are no colours at all.
        let wide = Space {
            name: "Wide",
            colorants: [
                [0.7977, 0.2880, 0.0],
                [0.1352, 0.7119, 0.0],
                [0.0313, 0.0001, 0.8249],
            ],
            ..SRGB
        };
        for (from, to) in [(&wide, &SRGB), (&SRGB, &wide), (&DISPLAY_P3, &SRGB)] {
            let recipe = Recipe::new(from.profile().unwrap(), to.profile().unwrap());
            let made = Matrix::new(&recipe).unwrap().unwrap();
            let reference = Reference::new(&recipe).unwrap();
            for colour in extremes() {
                let input = colour.map(|part| f32::from(part) / 255.0);
                let right = reference.convert(&[input]).unwrap()[0];
                let mut pixel = [colour[0], colour[1], colour[2], 77];
                made.row(&mut pixel, Order::Rgba);
                let mut turned = [colour[2], colour[1], colour[0], 77];
                made.row(&mut turned, Order::Bgra);
                assert_eq!(turned, [pixel[2], pixel[1], pixel[0], 77]);
                for (value, right) in pixel.into_iter().zip(right) {
                    let right = right.clamp(0.0, 1.0) * 255.0;
                    let allowed = if right < 16.0 { 4.5 } else { 0.8 };
                    let off = (f32::from(value) - right).abs();
                    assert!(off <= allowed, "{colour:?}: {value} for {right}");
                }
            }
        }
    }

    #[test]
    fn where_there_is_no_room_there_is_no_table() {
        let mut additions: [Additions; 3] = std::array::from_fn(|_| [[0.0; 256]; 3]);
        assert!(packed(&additions).is_some());
        additions[1][2][255] = -49_000.0;
        assert!(packed(&additions).is_some());
        additions[1][2][255] = -60_000.0;
        assert!(packed(&additions).is_none());
    }
}
