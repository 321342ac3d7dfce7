// SPDX-License-Identifier: GPL-3.0-or-later
//! A monitor as a formula.

use crate::matrix::{Matrix3, column_matrix};
use crate::standard::D50;

/// A monitor as a formula. Light is relative to white, which is D50 after adaptation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model {
    /// XYZ of red, green and blue, adapted to D50.
    pub primaries: [[f64; 3]; 3],
    /// The exponent from device value to light.
    pub gamma: f64,
    /// How much light of a channel depends on the other two; 0 for a monitor that a matrix
    /// describes.
    pub coupling: f64,
    /// Light of black, relative to white.
    pub black: f64,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            primaries: [
                [0.4861, 0.2378, 0.0060],
                [0.3255, 0.6902, 0.0585],
                [0.1526, 0.0720, 0.7604],
            ],
            gamma: 2.2,
            coupling: 0.06,
            black: 0.002,
        }
    }
}

impl Model {
    /// The same monitor with red and green exchanged: what is managed looks the same on both.
    #[must_use]
    pub fn swapped(self) -> Self {
        let [red, green, blue] = self.primaries;
        Self {
            primaries: [green, red, blue],
            ..self
        }
    }

    /// The primaries as the columns of a matrix, scaled so that they add up to D50.
    pub fn colorants(&self) -> Matrix3 {
        let plain = column_matrix(self.primaries);
        let scale = plain.inverse().map_or([1.0; 3], |inverse| inverse * D50);
        plain * Matrix3::diagonal(scale)
    }

    /// Bradford's matrix from D65 to D50.
    pub fn adaptation(&self) -> Matrix3 {
        Matrix3([
            [1.047_882, 0.022_919, -0.050_217],
            [0.029_587, 0.990_479, -0.017_059],
            [-0.009_232, 0.015_076, 0.751_678],
        ])
    }

    /// XYZ of a device colour, each part 0 to 1.
    pub fn forward(&self, rgb: [f64; 3]) -> [f64; 3] {
        let light = rgb.map(|value| value.clamp(0.0, 1.0).powf(self.gamma));
        self.mix(light)
    }

    fn mix(&self, light: [f64; 3]) -> [f64; 3] {
        // A channel loses light where the others shine, most in the middle: black and white stay.
        let others = (light[0] + light[1] + light[2]) / 3.0;
        let coupled =
            light.map(|part| part + self.coupling * part * (1.0 - part) * (part - others));
        let xyz = self.colorants() * coupled;
        [0, 1, 2].map(|part| xyz[part] * (1.0 - self.black) + D50[part] * self.black)
    }

    /// The device colour for XYZ; the nearest one along the channels where there is none.
    pub fn back(&self, xyz: [f64; 3]) -> [f64; 3] {
        let Some(inverse) = self.colorants().inverse() else {
            return [0.0; 3];
        };
        let mut light = [0.0; 3];
        // The coupling is weak: a few steps with the matrix alone are enough.
        for _ in 0..8 {
            let now = self.mix(light);
            let step = inverse * [0, 1, 2].map(|part| xyz[part] - now[part]);
            for (light, step) in light.iter_mut().zip(step) {
                *light = (*light + step).clamp(0.0, 1.0);
            }
        }
        light.map(|part| part.powf(1.0 / self.gamma))
    }
}
