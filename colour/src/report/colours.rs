// SPDX-License-Identifier: GPL-3.0-or-later
//! Primaries, white and black, as the device has them.
//!
//! Profiles hold colours adapted to D50. The tag `chad` says how that was done and is undone
//! here. Without it, a version 2 profile's `wtpt` is the device's own white (unless it is D50,
//! which many programs write there), and Bradford's adaptation, which nearly all use, is undone.

use super::{ColourPoint, ColourReport};
use crate::lab::{
    D50_XY, adaptation, colour_temperature, lab_of_xyz, uv_of_xy, xy, xyz_of_lab, xyz_of_xy,
};
use crate::matrix::Matrix3;
use crate::profile::{Profile, Signature};
use crate::standard::D50;
use crate::transform::Device;

/// Whites that differ by less (in X, Y or Z) are the same one.
pub(super) const SAME_WHITE: f64 = 0.003;

/// Red, green, blue, white and black of a device.
const ENDS: [[f32; 3]; 5] = [
    [1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0],
    [0.0, 0.0, 1.0],
    [1.0, 1.0, 1.0],
    [0.0, 0.0, 0.0],
];

/// Reads them; `None` where there are none.
pub(super) fn read(profile: &Profile, device: Option<&Device>) -> Option<ColourReport> {
    let lab = match device.and_then(|device| device.lab(&ENDS).ok()) {
        Some(lab) => <[[f32; 3]; 5]>::try_from(lab)
            .ok()?
            .map(|it| it.map(f64::from)),
        None => by_matrix(profile)?,
    };
    if !lab.as_flattened().iter().all(|part| part.is_finite()) {
        return None;
    }
    let undo = native(profile);
    let point = |lab: [f64; 3]| {
        let xyz = xyz_of_lab(lab);
        colour_point(undo.map_or(xyz, |undo| undo * xyz))
    };
    let white = match undo {
        Some(undo) => colour_point(undo * D50)?,
        None => colour_point(xyz_of_xy(D50_XY)?)?,
    };
    Some(ColourReport {
        primaries: [point(lab[0])?, point(lab[1])?, point(lab[2])?],
        white,
        native: undo.is_some(),
        temperature: undo.and_then(|_| colour_temperature(white.xy)),
        lab,
        luminance: profile
            .xyz(Signature(*b"lumi"))
            .map(|it| it[1])
            .filter(|it| *it > 0.0),
    })
}

/// What turns colours relative to D50 into those of the device; `None` where its white is not
/// known.
fn native(profile: &Profile) -> Option<Matrix3> {
    if let Some(chad) = profile.chad() {
        return chad.inverse();
    }
    if profile.header().version.major != 2 {
        return None;
    }
    let white = profile
        .xyz(Signature(*b"wtpt"))
        .filter(|white| white[1] > 0.1)?;
    if is_d50(white, SAME_WHITE) {
        return None;
    }
    adaptation(D50, white.map(|part| part / white[1]))
}

pub(super) fn is_d50(white: [f64; 3], within: f64) -> bool {
    white
        .iter()
        .zip(D50)
        .all(|(part, d50)| (part - d50).abs() <= within)
}

fn by_matrix(profile: &Profile) -> Option<[[f64; 3]; 5]> {
    let [red, green, blue] = profile.colorants()?;
    let white = [0, 1, 2].map(|axis| red[axis] + green[axis] + blue[axis]);
    Some([red, green, blue, white, [0.0; 3]].map(lab_of_xyz))
}

fn colour_point(xyz: [f64; 3]) -> Option<ColourPoint> {
    let xy = xy(xyz)?;
    Some(ColourPoint {
        xyz,
        xy,
        uv: uv_of_xy(xy)?,
    })
}
