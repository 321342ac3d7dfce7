// SPDX-License-Identifier: GPL-3.0-or-later
//! Profiles of a monitor that nobody has, for tests and measurements.
//!
//! The monitor is a model: primaries a little wider than sRGB, a gamma, and light of one channel
//! that depends a little on the other two (which no matrix can describe). Each [`Kind`] is one of
//! the ways in which real programs describe a monitor.

mod model;
mod tables;

pub use self::model::Model;

use crate::profile::{Profile, Refusal};
use crate::standard::writer::{self, Body, Head};
use crate::standard::{Curve, D50};

/// How a profile describes its monitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Primaries and curves, version 2.
    Matrix,
    /// Primaries and curves, version 4, with formulas for curves.
    Matrix4,
    /// Tables from and to XYZ (`mft2`).
    XyzTable,
    /// Tables from and to XYZ with a matrix inside, as DisplayCAL makes them.
    MatrixInTable,
    /// Tables from and to Lab (`mft2`).
    LabTable,
    /// Tables from and to Lab of version 4 (`mAB` and `mBA`).
    Table4,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Matrix,
        Self::Matrix4,
        Self::XyzTable,
        Self::MatrixInTable,
        Self::LabTable,
        Self::Table4,
    ];

    /// Whether a table is needed to follow the profile.
    pub fn has_table(self) -> bool {
        !matches!(self, Self::Matrix | Self::Matrix4)
    }
}

/// The profile of a model.
///
/// # Errors
///
/// Never for the models of this module.
pub fn profile(model: &Model, kind: Kind) -> Result<Profile, Refusal> {
    Profile::parse(bytes(model, kind))
}

/// The bytes of the profile of a model, to be broken by whoever tests what that does.
pub fn bytes(model: &Model, kind: Kind) -> Vec<u8> {
    let four = matches!(kind, Kind::Matrix4 | Kind::Table4);
    let lab = matches!(kind, Kind::LabTable | Kind::Table4);
    let mut body = Body::default();
    let name = format!("Sample monitor, {kind:?}");
    let text = "No copyright; made up for tests.";
    if four {
        body.tag(*b"desc", &writer::unicode(&name));
        body.tag(*b"cprt", &writer::unicode(text));
        // From the model's white, D65, to D50.
        body.tag(
            *b"chad",
            &writer::numbers(*b"sf32", model.adaptation().0.as_flattened()),
        );
    } else {
        body.tag(*b"desc", &writer::description(&name));
        body.tag(*b"cprt", &writer::text(text));
    }
    body.tag(*b"wtpt", &writer::xyz(D50));
    if kind.has_table() {
        let (forward, back) = match kind {
            Kind::LabTable => (tables::lab_forward(model), tables::lab_back(model)),
            Kind::Table4 => (tables::forward4(model), tables::back4(model)),
            _ => (
                tables::xyz_forward(model),
                tables::xyz_back(model, kind == Kind::MatrixInTable),
            ),
        };
        body.tag(*b"A2B0", &forward);
        body.again(*b"A2B1");
        body.tag(*b"B2A0", &back);
        body.again(*b"B2A1");
    }
    if kind != Kind::Table4 {
        let colorants = model.colorants();
        for (name, column) in [*b"rXYZ", *b"gXYZ", *b"bXYZ"].into_iter().zip(0..3) {
            body.tag(name, &writer::xyz(colorants.column(column)));
        }
        if four {
            body.tag(*b"rTRC", &writer::numbers(*b"para", &[model.gamma]));
        } else {
            body.tag(*b"rTRC", &writer::curve(Curve::Gamma(model.gamma)));
        }
        body.again(*b"gTRC");
        body.again(*b"bTRC");
    }
    body.finish(Head {
        version: if four { 4 } else { 2 },
        connection_space: if lab { *b"Lab " } else { *b"XYZ " },
    })
}
