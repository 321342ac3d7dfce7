// SPDX-License-Identifier: GPL-3.0-or-later
//! Colours as people see them: XYZ, Lab, chromaticities, colour temperature, and how far two
//! colours are from each other.
//!
//! XYZ here has Y = 1 for white. Lab is relative to D50, the white of profiles.

use crate::matrix::Matrix3;
use crate::standard::D50;

/// The chromaticity of D50.
pub const D50_XY: [f64; 2] = [0.3457, 0.3585];

/// The chromaticity of D65.
pub const D65_XY: [f64; 2] = [0.3127, 0.3290];

/// The chromaticities (x, y; CIE 1931, 2°) of pure light from 380 to 700 nm. The straight line
/// from the last one back to the first is that of the purples.
pub const SPECTRUM: [[f64; 2]; 34] = [
    [0.1741, 0.0050],
    [0.1733, 0.0048],
    [0.1714, 0.0051],
    [0.1644, 0.0109],
    [0.1566, 0.0177],
    [0.1440, 0.0297],
    [0.1241, 0.0578],
    [0.1096, 0.0868],
    [0.0913, 0.1327],
    [0.0687, 0.2007],
    [0.0454, 0.2950],
    [0.0235, 0.4127],
    [0.0082, 0.5384],
    [0.0039, 0.6548],
    [0.0139, 0.7502],
    [0.0389, 0.8120],
    [0.0743, 0.8338],
    [0.1142, 0.8262],
    [0.1547, 0.8059],
    [0.1929, 0.7816],
    [0.2296, 0.7543],
    [0.2658, 0.7243],
    [0.3016, 0.6923],
    [0.3373, 0.6589],
    [0.3731, 0.6245],
    [0.4441, 0.5547],
    [0.5125, 0.4866],
    [0.5752, 0.4242],
    [0.6270, 0.3725],
    [0.6658, 0.3340],
    [0.6915, 0.3083],
    [0.7190, 0.2809],
    [0.7300, 0.2700],
    [0.7347, 0.2653],
];

/// Where the curve of Lab becomes straight.
const EPSILON: f64 = 216.0 / 24389.0;
const KAPPA: f64 = 24389.0 / 27.0;

/// Lab of an XYZ, both relative to D50.
pub fn lab_of_xyz(xyz: [f64; 3]) -> [f64; 3] {
    let f = |value: f64, white: f64| {
        let part = value / white;
        if part > EPSILON {
            part.cbrt()
        } else {
            (KAPPA * part + 16.0) / 116.0
        }
    };
    let [x, y, z] = [0, 1, 2].map(|axis| f(xyz[axis], D50[axis]));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// XYZ of a Lab, both relative to D50.
pub fn xyz_of_lab([lightness, a, b]: [f64; 3]) -> [f64; 3] {
    let y = (lightness + 16.0) / 116.0;
    let back = |value: f64, white: f64| {
        let cube = value.powi(3);
        let part = if cube > EPSILON {
            cube
        } else {
            (116.0 * value - 16.0) / KAPPA
        };
        part * white
    };
    [
        back(y + a / 500.0, D50[0]),
        back(y, D50[1]),
        back(y - b / 200.0, D50[2]),
    ]
}

/// The chromaticity x, y (CIE 1931); `None` of black.
pub fn xy([x, y, z]: [f64; 3]) -> Option<[f64; 2]> {
    let sum = x + y + z;
    (sum.is_finite() && sum > 1e-9).then(|| [x / sum, y / sum])
}

/// The chromaticity u′, v′ (CIE 1976) of an x, y; `None` where there is none.
pub fn uv_of_xy([x, y]: [f64; 2]) -> Option<[f64; 2]> {
    let below = -2.0 * x + 12.0 * y + 3.0;
    (below.is_finite() && below > 1e-9).then(|| [4.0 * x / below, 9.0 * y / below])
}

/// XYZ with Y = 1 of an x, y; `None` where there is no light in it.
pub fn xyz_of_xy([x, y]: [f64; 2]) -> Option<[f64; 3]> {
    (y > 1e-6).then(|| [x / y, 1.0, (1.0 - x - y) / y])
}

/// The chromaticity u, v (CIE 1960) of a black body, after Krystek (1985).
fn black_body(kelvin: f64) -> [f64; 2] {
    let square = kelvin * kelvin;
    [
        (0.860_117_757 + 1.541_182_54e-4 * kelvin + 1.286_412_12e-7 * square)
            / (1.0 + 8.424_202_35e-4 * kelvin + 7.081_451_63e-7 * square),
        (0.317_398_726 + 4.228_062_45e-5 * kelvin + 4.204_816_91e-8 * square)
            / (1.0 - 2.897_418_16e-5 * kelvin + 1.614_560_53e-7 * square),
    ]
}

/// The correlated colour temperature of a chromaticity, in kelvin, 1000 to 25000; `None` where
/// it is too far from black bodies (0.05 in u, v of 1960) for the word to mean anything. Within
/// 20 K of Robertson's method from 2000 to 10000 K.
pub fn colour_temperature(chromaticity: [f64; 2]) -> Option<f64> {
    let [u, v] = uv_of_xy(chromaticity)?;
    let target = [u, v * 2.0 / 3.0];
    let distance = |log: f64| {
        let [u, v] = black_body(log.exp());
        (u - target[0]).hypot(v - target[1])
    };
    // The distance has one least value, which is closed in on from both sides.
    let (mut low, mut high) = (1000_f64.ln(), 25000_f64.ln());
    for _ in 0..80 {
        let third = (high - low) / 3.0;
        if distance(low + third) < distance(high - third) {
            high -= third;
        } else {
            low += third;
        }
    }
    (distance(low) < 0.05).then(|| low.exp())
}

/// The Bradford matrix that turns colours as seen under one white into those seen under another
/// one; `None` where a white is none.
pub fn adaptation(from: [f64; 3], to: [f64; 3]) -> Option<Matrix3> {
    const BRADFORD: Matrix3 = Matrix3([
        [0.8951, 0.2664, -0.1614],
        [-0.7502, 1.7135, 0.0367],
        [0.0389, -0.0685, 1.0296],
    ]);
    let cones = BRADFORD * from;
    let wanted = BRADFORD * to;
    if cones.iter().any(|cone| !cone.is_finite() || *cone < 1e-6) {
        return None;
    }
    let scale = [0, 1, 2].map(|axis| wanted[axis] / cones[axis]);
    Some(BRADFORD.inverse()? * Matrix3::diagonal(scale) * BRADFORD)
}

/// ΔE of CIE 1976: the distance in Lab.
pub fn delta_e_76(one: [f64; 3], other: [f64; 3]) -> f64 {
    let square: f64 = one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum();
    square.sqrt()
}

/// ΔE of CIE 2000 (Sharma, Wu and Dalal, 2005), with all weights 1.
pub fn delta_e_2000(one: [f64; 3], other: [f64; 3]) -> f64 {
    const SEVENTH: f64 = 6_103_515_625.0; // 25 to the power of 7
    let weight = |chroma: f64| (chroma.powi(7) / (chroma.powi(7) + SEVENTH)).sqrt();
    let chroma = f64::midpoint(one[1].hypot(one[2]), other[1].hypot(other[2]));
    let stretch = 1.0 + 0.5 * (1.0 - weight(chroma));
    let polar = |lab: [f64; 3]| {
        let a = lab[1] * stretch;
        let hue = if a == 0.0 && lab[2] == 0.0 {
            0.0
        } else {
            lab[2].atan2(a).to_degrees().rem_euclid(360.0)
        };
        (a.hypot(lab[2]), hue)
    };
    let ((c1, h1), (c2, h2)) = (polar(one), polar(other));
    let grey = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if grey => 0.0,
        turn if turn > 180.0 => turn - 360.0,
        turn if turn < -180.0 => turn + 360.0,
        turn => turn,
    };
    let hue = match h1 + h2 {
        sum if grey => sum,
        sum if (h1 - h2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => f64::midpoint(sum, 360.0),
        sum => (sum - 360.0) / 2.0,
    };
    let lightness = f64::midpoint(one[0], other[0]) - 50.0;
    let chroma = f64::midpoint(c1, c2);
    let cosine = |factor: f64, shift: f64| (factor * hue + shift).to_radians().cos();
    let t = 1.0 - 0.17 * cosine(1.0, -30.0) + 0.24 * cosine(2.0, 0.0) + 0.32 * cosine(3.0, 6.0)
        - 0.20 * cosine(4.0, -63.0);
    let scale_l = 1.0 + 0.015 * lightness.powi(2) / (20.0 + lightness.powi(2)).sqrt();
    let scale_c = 1.0 + 0.045 * chroma;
    let scale_h = 1.0 + 0.015 * chroma * t;
    let spread = 60.0 * (-((hue - 275.0) / 25.0).powi(2)).exp();
    let rotation = -2.0 * weight(chroma) * spread.to_radians().sin();
    let l = (other[0] - one[0]) / scale_l;
    let c = (c2 - c1) / scale_c;
    let h = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin() / scale_h;
    (l * l + c * c + h * h + rotation * c * h).max(0.0).sqrt()
}

#[cfg(test)]
#[path = "lab_tests.rs"]
mod tests;
