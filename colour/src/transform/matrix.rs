// SPDX-License-Identifier: GPL-3.0-or-later
//! Conversion between two profiles of primaries and curves.
//!
//! Light adds up. For each value of each channel a table holds what it adds to the light of the
//! three channels of the target (already scaled to positions in the table of the output), so
//! that a pixel costs three additions and three look-ups. Black point compensation scales and
//! moves XYZ, which is linear, too: it goes into the tables and costs nothing.

#![allow(
    clippy::inline_always,
    reason = "a kernel must be compiled into the function that has the instructions"
)]

use lcms2::{Tag, TagSignature};
use pulp::{Arch, NullaryFnOnce};
use wide::f32x4;

use super::bake::{Opened, Reference, black_points, open};
use super::pixels::Order;
use super::{Recipe, TransformError};
use crate::matrix::{Matrix3, column_matrix};
use crate::profile::{ColourSpace, Intent, Profile, Reader, Signature};
use crate::standard::D50;

/// Entries of the table of the output. The steps are 1/16383 of the light: what an eye sees of
/// them, even in the dark, is far below one step of 8 bits.
const STEPS: usize = 1 << 14;

/// The place of full light.
const TOP: f32 = 16383.0;

/// Tables, ready to be used.
#[derive(Debug)]
pub(super) struct Matrix {
    /// What a value of red, green or blue adds to the light of the target's three channels.
    light: [Box<[f32x4; 256]>; 3],
    /// The device values for places of light, as often as the target has different curves.
    values: Vec<Box<[u8; STEPS]>>,
    /// Which of these is for which channel.
    curve: [usize; 3],
}

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
        let light = [0, 1, 2].map(|channel| {
            let mut table = Box::new([f32x4::ZERO; 256]);
            for (value, entry) in (0_u8..=255).zip(table.iter_mut()) {
                let light = f64::from(curves[channel](f32::from(value) / 255.0));
                let column = whole.column(channel);
                let place = |row: usize| {
                    let mut sum = column[row] * light;
                    if channel == 0 {
                        // Half a place, so that cutting is rounding.
                        sum += shift[row] + 0.5 / f64::from(TOP);
                    }
                    single(sum * f64::from(TOP))
                };
                *entry = f32x4::from([place(0), place(1), place(2), 0.0]);
            }
            table
        });
        let mut values: Vec<Box<[u8; STEPS]>> = Vec::new();
        let mut curve = [0; 3];
        for (channel, reverse) in reverse_tables(&target, &reverse).into_iter().enumerate() {
            let Ok(table) = <Box<[u8; STEPS]>>::try_from(reverse.into_boxed_slice()) else {
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
    #[expect(
        clippy::cast_sign_loss,
        reason = "places are cut to the range of the table before"
    )]
    fn convert<const R: usize, const B: usize>(&self, row: &mut [u8]) {
        let [red, green, blue] = &self.light;
        let table = |channel: usize| self.values.get(self.curve[channel]).map(|it| &**it);
        let (Some(one), Some(two), Some(three)) = (table(0), table(1), table(2)) else {
            return;
        };
        let [red, green, blue] = [&**red, &**green, &**blue];
        let top = f32x4::splat(TOP + 0.5);
        let (pixels, _) = row.as_chunks_mut::<4>();
        for pixel in pixels {
            let light = red[usize::from(pixel[R])]
                + green[usize::from(pixel[1])]
                + blue[usize::from(pixel[B])];
            let places = light
                .fast_max(f32x4::ZERO)
                .fast_min(top)
                .fast_trunc_int()
                .to_array();
            let place = |channel: usize| places[channel] as usize & (STEPS - 1);
            pixel[R] = one[place(0)];
            pixel[1] = two[place(1)];
            pixel[B] = three[place(2)];
        }
    }
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

#[expect(clippy::cast_possible_truncation, reason = "fewer digits are enough")]
fn single(value: f64) -> f32 {
    value as f32
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
