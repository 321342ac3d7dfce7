// SPDX-License-Identifier: GPL-3.0-or-later
//! Profiles from figures: chromaticities and a curve, or the numbers of ITU-T H.273 (CICP).

use super::tag::{Origin, Tag, TagFault};
use crate::matrix::{Matrix3, column_matrix};
use crate::profile::Profile;
use crate::standard::{Curve, D50, DISPLAY_P3, SRGB, Space};

/// The chromaticities of red, green, blue and white.
pub(super) type Chromaticities = [[f64; 2]; 4];

/// Those of sRGB and BT.709.
pub(super) const BT_709: Chromaticities =
    [[0.64, 0.33], [0.30, 0.60], [0.15, 0.06], [0.3127, 0.3290]];

const D65: [f64; 2] = [0.3127, 0.3290];

/// Bradford's cone responses of XYZ.
const BRADFORD: Matrix3 = Matrix3([
    [0.8951, 0.2664, -0.1614],
    [-0.7502, 1.7135, 0.0367],
    [0.0389, -0.0685, 1.0296],
]);

/// What numbers of H.273 say: primaries and transfer characteristics.
pub(super) fn of_cicp(primaries: u16, transfer: u16) -> Tag {
    let curve = match transfer {
        // The curves of television are meant for a camera; pictures with them are shown like sRGB.
        1 | 6 | 13 | 14 | 15 => Curve::Srgb,
        4 => Curve::Gamma(2.2),
        5 => Curve::Gamma(2.8),
        8 => Curve::Gamma(1.0),
        16 | 18 => return Tag::Broken(TagFault::HighRange),
        _ => return Tag::None,
    };
    let space = match primaries {
        1 => Some(SRGB),
        5 => space([[0.64, 0.33], [0.29, 0.60], [0.15, 0.06], D65], curve),
        6 | 7 => space([[0.63, 0.34], [0.31, 0.595], [0.155, 0.07], D65], curve),
        9 => space([[0.708, 0.292], [0.17, 0.797], [0.131, 0.046], D65], curve),
        11 => {
            let white = [0.314, 0.351];
            space([[0.68, 0.32], [0.265, 0.69], [0.15, 0.06], white], curve)
        }
        12 => Some(DISPLAY_P3),
        _ => None,
    };
    let profile = space.and_then(|space| Space { curve, ..space }.profile().ok());
    profile.map_or(Tag::None, |profile| Tag::Profile(profile, Origin::Figures))
}

/// The profile of a space; `None` where the figures make none.
pub(super) fn profile(chromaticities: Chromaticities, gamma: f64) -> Option<Profile> {
    if !(0.2..=5.0).contains(&gamma) {
        return None;
    }
    // 1/2.2 is what PNG writes where sRGB is meant.
    let near = |one: f64, other: f64| (one - other).abs() < 0.002;
    let is_srgb = (gamma - 2.2).abs() < 0.01
        && chromaticities
            .as_flattened()
            .iter()
            .zip(BT_709.as_flattened())
            .all(|(one, other)| near(*one, *other));
    if is_srgb {
        return Some(Profile::srgb());
    }
    space(chromaticities, Curve::Gamma(gamma))?.profile().ok()
}

fn space(chromaticities: Chromaticities, curve: Curve) -> Option<Space> {
    let sound = chromaticities
        .iter()
        .all(|[x, y]| (0.0..=1.0).contains(x) && (0.001..=1.0).contains(y));
    if !sound {
        return None;
    }
    let [red, green, blue, white] = chromaticities.map(|[x, y]| [x / y, 1.0, (1.0 - x - y) / y]);
    let plain = column_matrix([red, green, blue]);
    let scale = plain.inverse()? * white;
    let adapted = adaptation(white)? * plain * Matrix3::diagonal(scale);
    Some(Space {
        name: "Figures of a picture",
        colorants: [0, 1, 2].map(|index| adapted.column(index)),
        curve,
    })
}

/// From a white to D50.
fn adaptation(white: [f64; 3]) -> Option<Matrix3> {
    let (from, to) = (BRADFORD * white, BRADFORD * D50);
    if from.iter().any(|part| part.abs() < 1e-6) {
        return None;
    }
    let scale = [0, 1, 2].map(|part| to[part] / from[part]);
    Some(BRADFORD.inverse()? * Matrix3::diagonal(scale) * BRADFORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_known_spaces_give_their_colorants() {
        let found = space(BT_709, Curve::Srgb).map(|it| it.colorants);
        for (one, other) in found
            .unwrap_or_default()
            .as_flattened()
            .iter()
            .zip(SRGB.colorants.as_flattened())
        {
            assert!((one - other).abs() < 0.001, "{one} {other}");
        }
        let p3 = [[0.68, 0.32], [0.265, 0.69], [0.15, 0.06], D65];
        let found = space(p3, Curve::Srgb).map(|it| it.colorants);
        for (one, other) in found
            .unwrap_or_default()
            .as_flattened()
            .iter()
            .zip(DISPLAY_P3.colorants.as_flattened())
        {
            assert!((one - other).abs() < 0.001, "{one} {other}");
        }
    }

    #[test]
    fn nonsense_gives_nothing() {
        assert_eq!(profile([[0.0; 2]; 4], 2.2), None);
        assert_eq!(profile(BT_709, 0.0), None);
        assert_eq!(profile([[0.3, 0.3]; 4], 2.2), None);
        assert_eq!(profile(BT_709, 2.2), Some(Profile::srgb()));
        assert_eq!(of_cicp(2, 2), Tag::None);
        assert_eq!(of_cicp(9, 16), Tag::Broken(TagFault::HighRange));
    }
}
