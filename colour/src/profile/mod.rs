// SPDX-License-Identifier: GPL-3.0-or-later
//! An ICC profile as a checked, shared piece of bytes.
//!
//! [`Profile::parse`] is the only way in. It looks at the size, the signature, the header and
//! the table of tags (ICC.1:2010, section 7), so that everybody after it may rely on every tag
//! lying inside the bytes. It does not judge whether the profile is a *good* one: that is the
//! report's part.

mod bytes;
mod content;
mod curve;
mod dictionary;
mod header;
mod limits;
mod refusal;
mod tag;
pub mod text;
mod vcgt;

use std::fmt;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::{file, standard};
use sha2::{Digest as _, Sha256};

pub use self::bytes::Reader;
pub use self::curve::Curve;
pub(crate) use self::curve::share;
pub use self::dictionary::Dictionary;
pub use self::header::{ColourSpace, DateTime, DeviceClass, Header, Intent, Version};
pub use self::limits::{MAX_GRID, MAX_SIZE, MAX_TAGS};
pub use self::refusal::{ReadError, Refusal};
pub use self::tag::{Signature, TagEntry};
pub use self::text::LocalText;
pub use self::vcgt::Vcgt;

/// What two profiles with the same bytes have in common, and no others: SHA-256 of the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileId([u8; 32]);

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in &self.0[..6] {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// A profile whose header and table of tags have been checked. Cloning it is cheap.
#[derive(Clone)]
pub struct Profile {
    bytes: Arc<[u8]>,
    header: Header,
    tags: Arc<[TagEntry]>,
    id: ProfileId,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("id", &self.id)
            .field("size", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Profile {}

impl Profile {
    /// Takes a profile apart.
    ///
    /// # Errors
    ///
    /// [`Refusal`] says what is wrong with the bytes.
    pub fn parse(bytes: impl Into<Arc<[u8]>>) -> Result<Self, Refusal> {
        let bytes = bytes.into();
        if bytes.len() > MAX_SIZE {
            return Err(Refusal::TooLarge { size: bytes.len() });
        }
        let header = Header::read(&bytes)?;
        let tags = tag::read_table(&bytes)?;
        limits::check_tables(&bytes, &tags)?;
        let id = ProfileId(Sha256::digest(&bytes).into());
        Ok(Self {
            bytes,
            header,
            tags: tags.into(),
            id,
        })
    }

    /// Reads a profile from a file.
    ///
    /// # Errors
    ///
    /// Where the file can't be read, is larger than [`MAX_SIZE`], or is no profile.
    pub fn from_file(path: &Path) -> Result<Self, ReadError> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_SIZE).unwrap_or(u64::MAX) + 1;
        file::open(path)?.take(limit).read_to_end(&mut bytes)?;
        Ok(Self::parse(bytes)?)
    }

    /// The profile of the sRGB space (IEC 61966-2-1), which is what everything without a
    /// profile is taken for. The same bytes in every process.
    pub fn srgb() -> Self {
        static SRGB: OnceLock<Profile> = OnceLock::new();
        // A test holds that these bytes are taken; the other arm is for the compiler.
        SRGB.get_or_init(|| {
            standard::SRGB.profile().unwrap_or_else(|_| Self {
                bytes: Arc::new([]),
                header: Header::default(),
                tags: Arc::new([]),
                id: ProfileId([0; 32]),
            })
        })
        .clone()
    }

    /// The bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The identity of the content.
    pub fn id(&self) -> ProfileId {
        self.id
    }

    /// The header (128 bytes), taken apart.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The table of tags, in the order of the file.
    pub fn tags(&self) -> &[TagEntry] {
        &self.tags
    }

    /// The bytes of one tag, with its type signature in the first four; `None` where the
    /// profile has no such tag.
    pub fn tag(&self, signature: Signature) -> Option<&[u8]> {
        let entry = self.tags.iter().find(|tag| tag.signature == signature)?;
        self.bytes.get(entry.range())
    }

    /// Checks that the profile can be that of a monitor: class `mntr` or `spac`, RGB, and XYZ
    /// or Lab as its connection space.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unfit`] with what it is instead.
    pub fn check_monitor(&self) -> Result<(), Refusal> {
        let header = &self.header;
        let class = matches!(header.class, DeviceClass::DISPLAY | DeviceClass::SPACE);
        if !class {
            return Err(Refusal::Unfit {
                what: "device class",
                found: header.class.0.to_string(),
            });
        }
        self.check_picture()
    }

    /// Checks that the profile can be that of an RGB picture: RGB, with XYZ or Lab as its
    /// connection space, and not a device link.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unfit`] with what it is instead.
    pub fn check_picture(&self) -> Result<(), Refusal> {
        let header = &self.header;
        let unfit = |what, found: Signature| Refusal::Unfit {
            what,
            found: found.to_string(),
        };
        if header.class == DeviceClass::LINK || header.class == DeviceClass::NAMED {
            return Err(unfit("device class", header.class.0));
        }
        if header.space != ColourSpace::RGB {
            return Err(unfit("colour space", header.space.0));
        }
        if !matches!(header.connection_space, ColourSpace::XYZ | ColourSpace::LAB) {
            return Err(unfit("connection space", header.connection_space.0));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
