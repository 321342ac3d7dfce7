// SPDX-License-Identifier: GPL-3.0-or-later
//! Tables of a model in the types of the specification (ICC.1:2010, 10.8 to 10.11).

use super::Model;
use crate::matrix::Matrix3;
use crate::standard::D50;

/// Nodes along an axis, from device values and to them.
const FORWARD: usize = 17;
const BACK: usize = 33;

/// Entries of a curve in front of a table.
const CURVE: usize = 1024;

/// Device values to XYZ.
pub(super) fn xyz_forward(model: &Model) -> Vec<u8> {
    let nodes = grid(FORWARD, |rgb| model.forward(rgb).map(xyz_number));
    lut16(Matrix3::diagonal([1.0; 3]), FORWARD, |value| value, &nodes)
}

/// XYZ to device values: through cube roots, or through a matrix to the device's own light.
pub(super) fn xyz_back(model: &Model, matrix_inside: bool) -> Vec<u8> {
    // What a table entry of 1 stands for: 1 + 32767/32768.
    let whole = 65535.0 / 32768.0;
    let inverse = model.colorants().inverse();
    match inverse {
        Some(inverse) if matrix_inside => {
            // The matrix works on entries; its result is light, 0 to 1 of the entries.
            let matrix = inverse * Matrix3::diagonal([whole; 3]);
            let curve = |value: f64| value.powf(1.0 / 2.4);
            let colorants = model.colorants();
            let nodes = grid(BACK, |shaped| {
                let light = shaped.map(|value| value.powf(2.4));
                model.back(colorants * light).map(number)
            });
            lut16(matrix, BACK, curve, &nodes)
        }
        _ => {
            let nodes = grid(BACK, |root| {
                let xyz = root.map(|value| value.powi(3) * whole);
                model.back(xyz).map(number)
            });
            lut16(Matrix3::diagonal([1.0; 3]), BACK, f64::cbrt, &nodes)
        }
    }
}

/// Device values to Lab, version 2.
pub(super) fn lab_forward(model: &Model) -> Vec<u8> {
    let nodes = grid(FORWARD, |rgb| {
        let [l, a, b] = lab(model.forward(rgb));
        // 100 is 0xFF00; a and b have 8 bits before the point.
        [
            l / 100.0 * 65280.0,
            (a + 128.0) * 256.0,
            (b + 128.0) * 256.0,
        ]
        .map(cut)
    });
    lut16(Matrix3::diagonal([1.0; 3]), FORWARD, |value| value, &nodes)
}

/// Lab to device values, version 2.
pub(super) fn lab_back(model: &Model) -> Vec<u8> {
    let nodes = grid(BACK, |[l, a, b]| {
        let colour = [
            l * 65535.0 / 65280.0 * 100.0,
            a * 65535.0 / 256.0 - 128.0,
            b * 65535.0 / 256.0 - 128.0,
        ];
        model.back(xyz(colour)).map(number)
    });
    lut16(Matrix3::diagonal([1.0; 3]), BACK, |value| value, &nodes)
}

/// Device values to Lab, version 4.
pub(super) fn forward4(model: &Model) -> Vec<u8> {
    let nodes = grid(FORWARD, |rgb| {
        let [l, a, b] = lab(model.forward(rgb));
        [
            l / 100.0 * 65535.0,
            (a + 128.0) * 257.0,
            (b + 128.0) * 257.0,
        ]
        .map(cut)
    });
    lut4(*b"mAB ", FORWARD, &nodes)
}

/// Lab to device values, version 4.
pub(super) fn back4(model: &Model) -> Vec<u8> {
    let nodes = grid(BACK, |[l, a, b]| {
        model
            .back(xyz([l * 100.0, a * 255.0 - 128.0, b * 255.0 - 128.0]))
            .map(number)
    });
    lut4(*b"mBA ", BACK, &nodes)
}

/// The values of all nodes; the first channel is the slowest.
fn grid(points: usize, node: impl Fn([f64; 3]) -> [u16; 3]) -> Vec<u16> {
    let axis = |index: usize| as_f64(index) / as_f64(points - 1);
    let mut values = Vec::with_capacity(points.pow(3) * 3);
    for first in 0..points {
        for second in 0..points {
            for third in 0..points {
                values.extend(node([axis(first), axis(second), axis(third)]));
            }
        }
    }
    values
}

/// A `lut16Type` with one curve in front for all channels, and none behind.
fn lut16(matrix: Matrix3, points: usize, curve: impl Fn(f64) -> f64, nodes: &[u16]) -> Vec<u8> {
    let mut bytes = b"mft2\0\0\0\0".to_vec();
    bytes.extend([3, 3, small(points), 0]);
    for value in matrix.0.as_flattened() {
        bytes.extend(fixed(*value).to_be_bytes());
    }
    bytes.extend(short(CURVE).to_be_bytes());
    bytes.extend(2_u16.to_be_bytes());
    for _ in 0..3 {
        for index in 0..CURVE {
            let value = curve(as_f64(index) / as_f64(CURVE - 1));
            bytes.extend(number(value).to_be_bytes());
        }
    }
    bytes.extend(nodes.iter().flat_map(|value| value.to_be_bytes()));
    for _ in 0..3 {
        bytes.extend([0, 0, 0xff, 0xff]);
    }
    bytes
}

/// A `lutAToBType` or `lutBToAType` with a table alone.
fn lut4(kind: [u8; 4], points: usize, nodes: &[u16]) -> Vec<u8> {
    // Three curves that change nothing, twice: the table stands between A and B.
    let plain = b"curv\0\0\0\0\0\0\0\0".repeat(3);
    let (first, table) = (32_u32, 32 + 36_u32);
    let after = table
        + 20
        + u32::try_from(nodes.len() * 2)
            .unwrap_or(0)
            .next_multiple_of(4);
    let mut bytes = kind.to_vec();
    bytes.extend([0, 0, 0, 0, 3, 3, 0, 0]);
    // B curves, matrix, M curves, table, A curves.
    for offset in [first, 0, 0, table, after] {
        bytes.extend(offset.to_be_bytes());
    }
    bytes.extend(&plain);
    bytes.extend([small(points); 3]);
    bytes.extend([0; 13]);
    bytes.extend([2, 0, 0, 0]);
    bytes.extend(nodes.iter().flat_map(|value| value.to_be_bytes()));
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(&plain);
    bytes
}

/// Lab of XYZ relative to D50 (ICC.1:2010, annex A).
fn lab(xyz: [f64; 3]) -> [f64; 3] {
    let curve = |ratio: f64| {
        if ratio > 216.0 / 24389.0 {
            ratio.cbrt()
        } else {
            (24389.0 / 27.0 * ratio + 16.0) / 116.0
        }
    };
    let [x, y, z] = [0, 1, 2].map(|part| curve(xyz[part] / D50[part]));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The other way round.
fn xyz([l, a, b]: [f64; 3]) -> [f64; 3] {
    let curve = |value: f64| {
        if value > 6.0 / 29.0 {
            value.powi(3)
        } else {
            (116.0 * value - 16.0) * 27.0 / 24389.0
        }
    };
    let y = (l + 16.0) / 116.0;
    let parts = [y + a / 500.0, y, y - b / 200.0].map(curve);
    [0, 1, 2].map(|part| (parts[part] * D50[part]).max(0.0))
}

fn xyz_number(value: f64) -> u16 {
    cut(value * 32768.0)
}

fn number(value: f64) -> u16 {
    cut(value * 65535.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cut to the range before"
)]
fn cut(value: f64) -> u16 {
    value.round().clamp(0.0, 65535.0) as u16
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a matrix of a model has small numbers"
)]
fn fixed(value: f64) -> i32 {
    (value * 65536.0).round() as i32
}

fn small(points: usize) -> u8 {
    u8::try_from(points).unwrap_or(u8::MAX)
}

fn short(points: usize) -> u16 {
    u16::try_from(points).unwrap_or(u16::MAX)
}

fn as_f64(index: usize) -> f64 {
    f64::from(short(index))
}
