// SPDX-License-Identifier: GPL-3.0-or-later
//! What a picture says of its colours.

use crate::profile::{ColourSpace, Profile, Refusal, Signature};
use crate::standard::writer::{self, Body, Head};
use crate::standard::{D50, SRGB};
use crate::transform::{Recipe, Reference, TransformError};

/// What a picture says of its colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// Nothing.
    None,
    /// Its profile, which can be used.
    Profile(Profile, Origin),
    /// It has one that can't be used, and why.
    Broken(TagFault),
}

/// How a picture gives its profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An ICC profile is in the file.
    Embedded,
    /// Figures or a name in the file: PNG's `sRGB`, `cICP`, `gAMA` and `cHRM`, AVIF's `nclx`.
    Figures,
    /// A camera's note that it is Adobe RGB.
    Camera,
}

/// Why what a picture says of its colours can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagFault {
    /// The profile is damaged, or of another kind.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its parts can't be taken out of the file.
    #[error("it can't be taken out of the file")]
    Packed,
    /// A sound profile by its looks that no transform can be made of.
    #[error(transparent)]
    Unusable(#[from] TransformError),
    /// The picture is for a range of brightness that a monitor without HDR does not have.
    #[error("it is made for HDR, which is not supported")]
    HighRange,
}

/// What is in a file in the place of a profile.
#[derive(Debug)]
pub(super) enum Embedded {
    /// Nothing.
    None,
    /// Something that can't be taken out.
    Packed,
    /// A profile's bytes.
    Bytes(Vec<u8>),
}

impl Embedded {
    /// What a decoder gave, and whether the file says that it has a profile.
    pub(super) fn new(given: Option<Vec<u8>>, is_there: bool) -> Self {
        match given {
            Some(bytes) => Self::Bytes(bytes),
            None if is_there => Self::Packed,
            None => Self::None,
        }
    }
}

impl Tag {
    /// The profile, if there is one that can be used.
    pub fn profile(&self) -> Option<&Profile> {
        match self {
            Self::Profile(profile, _) => Some(profile),
            Self::None | Self::Broken(_) => None,
        }
    }

    /// Of an embedded profile.
    pub(super) fn embedded(found: Embedded) -> Self {
        match found {
            Embedded::None => Self::None,
            Embedded::Packed => Self::Broken(TagFault::Packed),
            Embedded::Bytes(bytes) => match usable(bytes) {
                Ok(profile) => Self::Profile(profile, Origin::Embedded),
                Err(fault) => Self::Broken(fault),
            },
        }
    }

    /// Of a profile made from figures.
    pub(super) fn figures(profile: Option<Profile>) -> Self {
        profile.map_or(Self::None, |profile| {
            Self::Profile(profile, Origin::Figures)
        })
    }
}

fn usable(bytes: Vec<u8>) -> Result<Profile, TagFault> {
    let mut profile = Profile::parse(bytes)?;
    if profile.header().space == ColourSpace::GRAY {
        profile = of_grey(&profile)?;
    }
    profile.check_picture()?;
    // What is broken deeper in shows only here, and only lcms2 knows it.
    Reference::new(&Recipe::new(profile.clone(), Profile::srgb()))?;
    Ok(profile)
}

/// The profile of the same greys as pixels of three equal channels: its curve, with sRGB's
/// primaries.
fn of_grey(grey: &Profile) -> Result<Profile, TagFault> {
    let missing = || Refusal::Unfit {
        what: "colour space",
        found: "GRAY".to_owned(),
    };
    let curve = grey.tag(Signature(*b"kTRC")).ok_or_else(missing)?;
    let mut body = Body::default();
    body.tag(*b"desc", &writer::description("Grey"));
    body.tag(*b"cprt", &writer::text("Made from a grey profile."));
    body.tag(*b"wtpt", &writer::xyz(D50));
    for (name, colorant) in [*b"rXYZ", *b"gXYZ", *b"bXYZ"]
        .into_iter()
        .zip(SRGB.colorants)
    {
        body.tag(name, &writer::xyz(colorant));
    }
    body.tag(*b"rTRC", curve);
    body.again(*b"gTRC");
    body.again(*b"bTRC");
    let bytes = body.finish(Head {
        version: grey.header().version.major,
        connection_space: *b"XYZ ",
    });
    Ok(Profile::parse(bytes)?)
}
