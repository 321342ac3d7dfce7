// SPDX-License-Identifier: GPL-3.0-or-later
//! Profiles of spaces that have a name, made from their published figures.
//!
//! They are written by our own hand (ICC.1:2001, version 2: the widest understood), so that
//! the same space has the same bytes in every process and on every machine.

pub(crate) mod writer;

use self::writer::{Body, Head};
use crate::profile::Profile;

/// A space of three primaries and one curve.
#[derive(Debug, Clone, Copy)]
pub struct Space {
    /// What people call it.
    pub name: &'static str,
    /// XYZ of red, green and blue, adapted to D50 (Bradford).
    pub colorants: [[f64; 3]; 3],
    /// The curve from device value to light.
    pub curve: Curve,
}

/// The curve of a [`Space`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Curve {
    /// The curve of IEC 61966-2-1.
    Srgb,
    /// A power.
    Gamma(f64),
}

/// D50 as the ICC writes it.
pub const D50: [f64; 3] = [0.9642, 1.0, 0.8249];

/// sRGB (IEC 61966-2-1), D65.
pub const SRGB: Space = Space {
    name: "sRGB",
    colorants: [
        [0.436_066, 0.222_488, 0.013_916],
        [0.385_147, 0.716_873, 0.097_076],
        [0.143_066, 0.060_608, 0.714_096],
    ],
    curve: Curve::Srgb,
};

/// Adobe RGB (1998), D65.
pub const ADOBE_RGB: Space = Space {
    name: "Adobe RGB",
    colorants: [
        [0.609_741, 0.311_111, 0.019_470],
        [0.205_276, 0.625_671, 0.060_867],
        [0.149_185, 0.063_217, 0.744_568],
    ],
    curve: Curve::Gamma(563.0 / 256.0),
};

/// Display P3, D65, with the curve of sRGB.
pub const DISPLAY_P3: Space = Space {
    name: "Display P3",
    colorants: [
        [0.515_121, 0.241_196, -0.001_053],
        [0.291_977, 0.692_245, 0.041_885],
        [0.157_104, 0.066_574, 0.784_073],
    ],
    curve: Curve::Srgb,
};

impl Curve {
    /// Light (0 to 1) for a device value (0 to 1).
    pub fn light(self, value: f64) -> f64 {
        match self {
            Self::Srgb if value <= 0.040_45 => value / 12.92,
            Self::Srgb => ((value + 0.055) / 1.055).powf(2.4),
            Self::Gamma(gamma) => value.powf(gamma),
        }
    }
}

impl Space {
    /// The profile of the space: version 2, class display.
    ///
    /// # Errors
    ///
    /// Never for the spaces of this module; a space of other figures may be refused as
    /// [`Profile::parse`] says.
    pub fn profile(&self) -> Result<Profile, crate::profile::Refusal> {
        Profile::parse(self.bytes())
    }

    /// The same space with its channels exchanged: what was green comes first, then blue, then
    /// red. A picture in it looks as its twin in the plain space does only where profiles are
    /// followed.
    #[must_use]
    pub fn exchanged(self) -> Self {
        let [red, green, blue] = self.colorants;
        Self {
            name: "Exchanged Channels",
            colorants: [green, blue, red],
            ..self
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut body = Body::default();
        body.tag(*b"desc", &writer::description(self.name));
        body.tag(
            *b"cprt",
            &writer::text("No copyright; made from published figures."),
        );
        body.tag(*b"wtpt", &writer::xyz(D50));
        for (name, colorant) in [*b"rXYZ", *b"gXYZ", *b"bXYZ"]
            .into_iter()
            .zip(self.colorants)
        {
            body.tag(name, &writer::xyz(colorant));
        }
        // One curve for the three channels.
        body.tag(*b"rTRC", &writer::curve(self.curve));
        body.again(*b"gTRC");
        body.again(*b"bTRC");
        body.finish(Head {
            version: 2,
            connection_space: *b"XYZ ",
        })
    }
}
