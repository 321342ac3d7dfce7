// SPDX-License-Identifier: GPL-3.0-or-later
//! How many colours a device can show: the volume of its gamut in Lab, and how much of a known
//! space it covers.
//!
//! The six faces of the device's cube are turned into Lab (relative colorimetric) at
//! [`NODES`]² points each: a closed surface of triangles. Lines along L* at every [`CELL`] of a*
//! and b* go through it; what of a line lies inside two such bodies is what they have in common.
//! A body need not be convex, nor a star.
//!
//! For sRGB, Adobe RGB, Display P3 and SMPTE 431 the volumes are within 0.15 % of those of
//! Argyll's `iccgamut` (which are those that `DisplayCAL` shows).

use std::sync::OnceLock;

use super::{Coverage, Gamut};
use crate::lab::lab_of_xyz;
use crate::matrix::column_matrix;
use crate::standard::{self, Space};

/// Points along an edge of the device's cube.
pub const NODES: usize = 49;

/// The distance between two lines, in a* and b*.
pub const CELL: f64 = 1.0;

/// Lines along an axis, from -`REACH` to `REACH` of a* or b*.
const LINES: usize = 512;
const REACH: f64 = 256.0;

/// No sound surface is met more often; what is, is folded so much that it means nothing.
const MAX_CROSSINGS: usize = 1_500_000;

/// Where lines go through the surface of a gamut.
#[derive(Debug)]
pub(super) struct Body {
    /// The line, L* and whether the surface is entered (1) or left (-1), sorted by both.
    crossings: Vec<(u32, f32, i8)>,
    /// The first crossing of each line.
    first: Vec<u32>,
    volume: f64,
}

/// The device colours that [`Body::new`] wants to have in Lab.
pub(super) fn surface() -> Vec<[f32; 3]> {
    let axis = |index: usize| f32::from(u16::try_from(index).unwrap_or(0)) / LAST;
    let mut colours = Vec::with_capacity(6 * NODES * NODES);
    for face in 0..6 {
        let end = if face < 3 { 0.0 } else { 1.0 };
        for row in 0..NODES {
            for column in 0..NODES {
                let mut colour = [0.0; 3];
                colour[face % 3] = end;
                colour[(face + 1) % 3] = axis(row);
                colour[(face + 2) % 3] = axis(column);
                colours.push(colour);
            }
        }
    }
    colours
}

const LAST: f32 = 48.0;

impl Body {
    /// The body of a surface in Lab; `None` where it is folded beyond all sense.
    pub(super) fn new(lab: &[[f32; 3]]) -> Option<Self> {
        let points: Vec<[f64; 3]> = lab.iter().map(|point| sane(*point)).collect();
        let mut crossings = Vec::with_capacity(200_000);
        for (face, points) in points.chunks_exact(NODES * NODES).enumerate() {
            for row in 0..NODES - 1 {
                for column in 0..NODES - 1 {
                    let at = |row: usize, column: usize| points[row * NODES + column];
                    let corners = [
                        at(row, column),
                        at(row, column + 1),
                        at(row + 1, column),
                        at(row + 1, column + 1),
                    ];
                    let [a, b, c, d] = corners;
                    // Faces of the other end look the other way.
                    let pair = if face < 3 {
                        [[a, b, c], [b, d, c]]
                    } else {
                        [[a, c, b], [b, c, d]]
                    };
                    for triangle in pair {
                        cross(&triangle, &mut crossings);
                    }
                    if crossings.len() > MAX_CROSSINGS {
                        return None;
                    }
                }
            }
        }
        // Sorted by lines first, which are numbers, then each line by itself.
        let mut first = vec![0_u32; LINES * LINES + 1];
        for (line, _, _) in &crossings {
            if let Some(count) = first.get_mut(*line as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut first {
            sum += *count;
            *count = sum;
        }
        let mut next = first.clone();
        let mut sorted = vec![(0, 0.0, 0); crossings.len()];
        for crossing in crossings {
            if let Some(at) = next.get_mut(crossing.0 as usize)
                && let Some(place) = sorted.get_mut(*at as usize)
            {
                *place = crossing;
                *at += 1;
            }
        }
        for line in sorted.chunk_by_mut(|one, other| one.0 == other.0) {
            line.sort_unstable_by(|one, other| one.1.total_cmp(&other.1));
        }
        let mut body = Self {
            crossings: sorted,
            first,
            volume: 0.0,
        };
        body.volume = body.common(&body);
        Some(body)
    }

    /// The body of a space of primaries and one curve.
    fn of_space(space: &Space) -> Option<Self> {
        let matrix = column_matrix(space.colorants);
        let lab: Vec<[f32; 3]> = surface()
            .iter()
            .map(|colour| {
                let light = colour.map(|value| space.curve.light(f64::from(value)));
                #[expect(clippy::cast_possible_truncation, reason = "to single precision")]
                lab_of_xyz(matrix * light).map(|part| part as f32)
            })
            .collect();
        Self::new(&lab)
    }

    /// Its volume, in cubes of Lab.
    pub(super) fn volume(&self) -> f64 {
        self.volume
    }

    /// The volume of what two bodies have in common.
    pub(super) fn common(&self, other: &Self) -> f64 {
        let mut length = 0.0;
        for mine in self.crossings.chunk_by(|one, other| one.0 == other.0) {
            let line = mine.first().map_or(0, |(line, _, _)| *line as usize);
            let theirs = other.line(line);
            if !theirs.is_empty() {
                length += overlap(mine, theirs);
            }
        }
        length * CELL * CELL
    }

    fn line(&self, line: usize) -> &[(u32, f32, i8)] {
        let at = |index: usize| self.first.get(index).map_or(0, |first| *first as usize);
        self.crossings
            .get(at(line)..at(line + 1))
            .unwrap_or_default()
    }
}

/// What of a line is inside both.
fn overlap(mine: &[(u32, f32, i8)], theirs: &[(u32, f32, i8)]) -> f64 {
    let (mut one, mut other) = (mine.iter().peekable(), theirs.iter().peekable());
    let (mut inside, mut inside_other) = (0_i32, 0_i32);
    let mut before = 0.0;
    let mut length = 0.0;
    loop {
        let next = match (one.peek(), other.peek()) {
            // Once one of them is left for good there is nothing more.
            (None, _) | (_, None) => return length,
            (Some(a), Some(b)) => a.1.min(b.1),
        };
        if inside != 0 && inside_other != 0 {
            length += f64::from(next - before);
        }
        before = next;
        while let Some(crossing) = one.next_if(|crossing| crossing.1 <= next) {
            inside += i32::from(crossing.2);
        }
        while let Some(crossing) = other.next_if(|crossing| crossing.1 <= next) {
            inside_other += i32::from(crossing.2);
        }
        // The last ones of both may lie at the same place.
        if one.peek().is_none() || other.peek().is_none() {
            return length;
        }
    }
}

/// Within what lines reach; what is no number is black.
fn sane(point: [f32; 3]) -> [f64; 3] {
    let [l, a, b] = point.map(|part| {
        if part.is_finite() {
            f64::from(part)
        } else {
            0.0
        }
    });
    let reach = REACH - CELL;
    [
        l.clamp(-50.0, 200.0),
        a.clamp(-reach, reach),
        b.clamp(-reach, reach),
    ]
}

/// Adds where lines go through a triangle. Lines lie a little off whole numbers, so that no
/// corner (black and white least of all) lies on one.
#[expect(clippy::many_single_char_names, reason = "corners and axes")]
fn cross(triangle: &[[f64; 3]; 3], out: &mut Vec<(u32, f32, i8)>) {
    const OFF: f64 = 0.437_651_2;
    let place = |value: f64| (value + REACH) / CELL - OFF;
    // In places of lines: x along a*, y along b*, z along L*.
    let corners = triangle.map(|[l, a, b]| [place(a), place(b), l]);
    let ys = corners.map(|corner| corner[1]);
    let lowest = ys[0].min(ys[1]).min(ys[2]).ceil().max(0.0);
    let highest = ys[0].max(ys[1]).max(ys[2]);
    let [p, q, r] = corners;
    let turn = (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
    let sign = if turn > 0.0 { 1 } else { -1 };
    let mut y = lowest;
    while y < highest {
        let mut ends = [[0.0; 2]; 2];
        let mut count = 0;
        for (from, to) in [(p, q), (q, r), (r, p)] {
            if let Some(end) = edge(from, to, y)
                && let Some(slot) = ends.get_mut(count)
            {
                *slot = end;
                count += 1;
            }
        }
        if count == 2 {
            let [mut left, mut right] = ends;
            if left[0] > right[0] {
                std::mem::swap(&mut left, &mut right);
            }
            let mut x = left[0].ceil().max(0.0);
            while x < right[0] {
                let part = (x - left[0]) / (right[0] - left[0]);
                let z = left[1] + (right[1] - left[1]) * part;
                out.push(crossing(x, y, z, sign));
                x += 1.0;
            }
        }
        y += 1.0;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions lie between 0 and 511"
)]
fn crossing(x: f64, y: f64, z: f64, sign: i8) -> (u32, f32, i8) {
    let line = (y as u32).min(511) * 512 + (x as u32).min(511);
    (line, z as f32, sign)
}

/// Where an edge meets the plane of a y: x and z. The same for both triangles of the edge,
/// whichever way round they have it.
fn edge(from: [f64; 3], to: [f64; 3], y: f64) -> Option<[f64; 2]> {
    let (low, high) = if (from[1], from[0]) < (to[1], to[0]) {
        (from, to)
    } else {
        (to, from)
    };
    if !(low[1] <= y && y < high[1]) {
        return None;
    }
    let part = (y - low[1]) / (high[1] - low[1]);
    Some([0, 2].map(|axis| low[axis] + (high[axis] - low[axis]) * part))
}

/// A known space, with its body.
fn known() -> &'static [Option<Body>; 3] {
    static KNOWN: OnceLock<[Option<Body>; 3]> = OnceLock::new();
    KNOWN.get_or_init(|| {
        [standard::SRGB, standard::ADOBE_RGB, standard::DISPLAY_P3]
            .map(|space| Body::of_space(&space))
    })
}

/// The gamut of a device whose [`surface`] is this in Lab.
pub(super) fn measure(lab: &[[f32; 3]]) -> Option<Gamut> {
    let body = Body::new(lab)?;
    let [srgb, adobe, p3] = known();
    let of = |reference: &Option<Body>| {
        let reference = reference.as_ref()?;
        Some((body.common(reference) / reference.volume()).clamp(0.0, 1.0))
    };
    Some(Gamut {
        volume: body.volume(),
        relative_to_srgb: body.volume() / srgb.as_ref()?.volume(),
        coverage: Coverage {
            srgb: of(srgb)?,
            adobe_rgb: of(adobe)?,
            display_p3: of(p3)?,
        },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn known_spaces_have_their_volume() {
        // Argyll's iccgamut, as `DisplayCAL` has them.
        let [srgb, adobe, p3] = known();
        let volume = |body: &Option<Body>| body.as_ref().map_or(0.0, Body::volume);
        for (got, expected) in [
            (volume(srgb), 833_675.4),
            (volume(adobe), 1_209_986.0),
            // Of Argyll's DisplayP3.icm by `iccgamut -ir`; DisplayCAL has that of SMPTE 431.
            (volume(p3), 1_234_947.4),
        ] {
            assert!((got / expected - 1.0).abs() < 0.002, "{got} {expected}");
        }
    }

    #[test]
    fn a_cube_in_lab_has_the_volume_of_a_cube() {
        let cube = |scale: f32, shift: f32| {
            let place = |[l, a, b]: [f32; 3]| {
                [
                    l * scale + 10.0,
                    (a - 0.5) * scale + shift,
                    (b - 0.5) * scale,
                ]
            };
            let lab: Vec<[f32; 3]> = surface().into_iter().map(place).collect();
            Body::new(&lab).unwrap()
        };
        let (whole, half) = (cube(80.0, 0.0), cube(80.0, 40.0));
        assert!((whole.volume() / 512_000.0 - 1.0).abs() < 0.001);
        assert!((whole.common(&half) / 256_000.0 - 1.0).abs() < 0.001);
        assert_eq!(whole.common(&half), half.common(&whole));
        assert!(whole.common(&cube(80.0, 90.0)) < 1.0);
    }

    #[test]
    fn what_is_no_surface_has_no_volume_or_a_bounded_one() {
        let points = surface().len();
        let nothing = Body::new(&vec![[f32::NAN; 3]; points]).unwrap();
        assert!(nothing.volume().abs() < 1e-9);
        // Every other point at the other end: each triangle spans everything.
        let wild: Vec<[f32; 3]> = (0..points)
            .map(|index| [if index % 2 == 0 { -1e30 } else { 1e30 }; 3])
            .map(|[l, a, b]| [l, a, -b])
            .collect();
        assert!(Body::new(&wild).is_none_or(|body| body.volume().is_finite()));
    }
}
