// SPDX-License-Identifier: GPL-3.0-or-later
//! The header (ICC.1:2010, 7.2).

use std::fmt;

use super::{Reader, Refusal, Signature};

/// The class of the device that a profile describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct DeviceClass(pub Signature);

impl DeviceClass {
    /// A display.
    pub const DISPLAY: Self = Self(Signature(*b"mntr"));
    /// A colour space that is nobody's device.
    pub const SPACE: Self = Self(Signature(*b"spac"));
    /// A scanner or camera.
    pub const INPUT: Self = Self(Signature(*b"scnr"));
    /// A printer.
    pub const OUTPUT: Self = Self(Signature(*b"prtr"));
    /// A ready-made way from one device to another.
    pub const LINK: Self = Self(Signature(*b"link"));
    /// Named colours.
    pub const NAMED: Self = Self(Signature(*b"nmcl"));
}

/// A colour space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ColourSpace(pub Signature);

impl ColourSpace {
    /// Red, green, blue.
    pub const RGB: Self = Self(Signature(*b"RGB "));
    /// One channel.
    pub const GRAY: Self = Self(Signature(*b"GRAY"));
    /// CIE XYZ.
    pub const XYZ: Self = Self(Signature(*b"XYZ "));
    /// CIE L*a*b*.
    pub const LAB: Self = Self(Signature(*b"Lab "));
}

/// What happens to colours that the target can't show (ICC.1:2010, 7.2.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Intent {
    /// Pleasing pictures: the whole range is fitted.
    Perceptual,
    /// In-gamut colours exact relative to white; the others are cut.
    #[default]
    RelativeColorimetric,
    /// Vivid colours, for charts.
    Saturation,
    /// Exact, with the paper's or monitor's white shown as it is.
    AbsoluteColorimetric,
}

impl Intent {
    /// All four, in the order of their numbers in the specification.
    pub const ALL: [Self; 4] = [
        Self::Perceptual,
        Self::RelativeColorimetric,
        Self::Saturation,
        Self::AbsoluteColorimetric,
    ];

    /// The intent of a number of the specification.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// The name that command lines and files use.
    pub fn key(self) -> &'static str {
        match self {
            Self::Perceptual => "perceptual",
            Self::RelativeColorimetric => "relative",
            Self::Saturation => "saturation",
            Self::AbsoluteColorimetric => "absolute",
        }
    }
}

/// A version of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Version {
    /// 2 or 4.
    pub major: u8,
    /// The first digit after the point.
    pub minor: u8,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A date and time as profiles hold it: UTC, and not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct DateTime {
    /// The year, in full.
    pub year: u16,
    /// 1 to 12.
    pub month: u16,
    /// 1 to 31.
    pub day: u16,
    /// 0 to 23.
    pub hour: u16,
    /// 0 to 59.
    pub minute: u16,
    /// 0 to 59.
    pub second: u16,
}

/// The header of a profile.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Header {
    /// The size that the profile gives itself, in bytes. May differ from what it has.
    pub size: u32,
    /// The colour engine that it would like.
    pub engine: Signature,
    /// The version of the specification.
    pub version: Version,
    /// What kind of device.
    pub class: DeviceClass,
    /// The device's colour space.
    pub space: ColourSpace,
    /// The connection space: XYZ or Lab.
    pub connection_space: ColourSpace,
    /// When it was made.
    pub created: DateTime,
    /// The system that it was made for.
    pub platform: Signature,
    /// Flags (7.2.11).
    pub flags: u32,
    /// Who made the device.
    pub manufacturer: Signature,
    /// Which device.
    pub model: Signature,
    /// Attributes (7.2.14).
    pub attributes: u64,
    /// The number of the intent that the profile would like. 0 to 3 in sound profiles.
    pub intent: u32,
    /// The white of the connection space: D50 in sound profiles.
    pub illuminant: [f64; 3],
    /// The program that made it.
    pub creator: Signature,
    /// MD5 of the profile (7.2.18); `None` where it is all zero.
    pub profile_id: Option<[u8; 16]>,
}

impl Header {
    /// Reads the header of a profile's bytes.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let reader = Reader(bytes);
        if reader.slice(36, 4).is_some_and(|magic| magic != b"acsp") {
            return Err(Refusal::NotAProfile);
        }
        let header = Self::fields(reader).ok_or(Refusal::Truncated)?;
        match header.version.major {
            2 | 4 => Ok(header),
            major => Err(Refusal::Version { major }),
        }
    }

    fn fields(reader: Reader<'_>) -> Option<Self> {
        let id: [u8; 16] = reader.slice(84, 16)?.try_into().ok()?;
        // The 28 reserved bytes after it belong to the header, too.
        reader.slice(100, 28)?;
        Some(Self {
            size: reader.u32(0)?,
            engine: reader.signature(4)?,
            version: Version {
                major: reader.u8(8)?,
                minor: reader.u8(9)? >> 4,
            },
            class: DeviceClass(reader.signature(12)?),
            space: ColourSpace(reader.signature(16)?),
            connection_space: ColourSpace(reader.signature(20)?),
            created: DateTime {
                year: reader.u16(24)?,
                month: reader.u16(26)?,
                day: reader.u16(28)?,
                hour: reader.u16(30)?,
                minute: reader.u16(32)?,
                second: reader.u16(34)?,
            },
            platform: reader.signature(40)?,
            flags: reader.u32(44)?,
            manufacturer: reader.signature(48)?,
            model: reader.signature(52)?,
            attributes: reader.u64(56)?,
            intent: reader.u32(64)?,
            illuminant: reader.xyz(68)?,
            creator: reader.signature(80)?,
            profile_id: (id != [0; 16]).then_some(id),
        })
    }
}
