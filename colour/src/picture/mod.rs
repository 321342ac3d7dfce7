// SPDX-License-Identifier: GPL-3.0-or-later
//! Pictures in files, with what they say of their own colours.
//!
//! [`Picture::decode`] reads PNG, JPEG, TIFF, WebP and AVIF. The pixels stay in the picture's own
//! space, with 8 or 16 bits a channel as they came; [`Tag`] says which space that is. A profile
//! that can't be used is no reason to refuse a picture: it is taken for sRGB then, and the reason
//! is kept. [`Levels`] serves those who show large pictures: it gives parts at any zoom.

mod avif;
mod chunks;
mod encode;
mod error;
mod exif;
mod format;
mod levels;
mod named;
mod png;
mod raster;
mod tag;
mod tiff;

use std::io::{ErrorKind, Read as _};
use std::path::Path;

pub use self::error::PictureError;
pub use self::format::Format;
pub use self::levels::{Levels, Part};
pub use self::tag::{Origin, Tag, TagFault};

use crate::file;
use crate::profile::Profile;
use crate::transform::{Order, Recipe, Surface, Transform, TransformError, convert_16};

/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = 1 << 30;

/// The most pixels that a picture may have: 128 Mi (for a fuzzer, which finds large ones at once,
/// 256 Ki).
pub const MAX_PIXELS: usize = if cfg!(fuzzing) { 1 << 18 } else { 1 << 27 };

/// The most bytes that the decoded pixels may take.
const MAX_MEMORY: u64 = 5 << 28;

/// Red, green, blue and alpha of all pixels, row by row.
#[derive(Clone, PartialEq, Eq)]
pub enum Pixels {
    /// Four bytes a pixel.
    Eight(Vec<u8>),
    /// Sixteen bits a channel.
    Sixteen(Vec<[u16; 4]>),
}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Eight(bytes) => write!(f, "Eight({} pixels)", bytes.len() / 4),
            Self::Sixteen(pixels) => write!(f, "Sixteen({} pixels)", pixels.len()),
        }
    }
}

/// A picture, upright, in its own space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// The pixels.
    pub pixels: Pixels,
    /// What it says of its colours.
    pub tag: Tag,
    /// What kind of file it came from.
    pub format: Format,
}

impl Picture {
    /// Decodes a file's content. Of a film the first picture is taken.
    ///
    /// # Errors
    ///
    /// Where it is no picture of a kind that is known, is damaged, or is larger than what is read.
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        let format = Format::of(bytes).ok_or(PictureError::Unknown)?;
        match format {
            Format::Avif => avif::decode(bytes),
            _ => raster::decode(bytes, format),
        }
    }

    /// Decodes a file.
    ///
    /// # Errors
    ///
    /// Where it can't be read, and as [`Self::decode`].
    pub fn from_file(path: &Path) -> Result<Self, PictureError> {
        let file = file::open(path).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => PictureError::NoFile(error.to_string()),
            _ => PictureError::File(error),
        })?;
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX) + 1;
        file.take(limit).read_to_end(&mut bytes)?;
        if bytes.len() > MAX_FILE {
            return Err(PictureError::FileTooLarge);
        }
        Self::decode(&bytes)
    }

    /// The profile that its pixels are in: its own, or sRGB where it has none that can be used.
    pub fn profile(&self) -> Profile {
        self.tag.profile().cloned().unwrap_or_else(Profile::srgb)
    }

    /// Bits of a channel.
    pub fn bits(&self) -> u8 {
        match self.pixels {
            Pixels::Eight(_) => 8,
            Pixels::Sixteen(_) => 16,
        }
    }

    /// Converts it by a recipe whose source is to be [`Self::profile`]; what it has afterwards is
    /// the recipe's target. The bits stay as they are.
    ///
    /// # Errors
    ///
    /// As [`Transform::new`].
    pub fn convert(&mut self, recipe: &Recipe) -> Result<(), TransformError> {
        match &mut self.pixels {
            Pixels::Eight(bytes) => {
                let transform = Transform::new(recipe)?;
                let surface =
                    Surface::new(bytes, self.width, self.height, self.width * 4, Order::Rgba);
                // The bytes of a picture fit its size.
                if let Ok(mut surface) = surface {
                    transform.apply(&mut surface, None, 0);
                }
            }
            Pixels::Sixteen(pixels) => convert_16(recipe, pixels)?,
        }
        self.tag = Tag::Profile(recipe.target.clone(), Origin::Embedded);
        Ok(())
    }
}

/// A size that is let in.
fn check_size(width: usize, height: usize) -> Result<(), PictureError> {
    let pixels = width.checked_mul(height);
    if pixels == Some(0) {
        return Err(PictureError::damaged("it has no pixels"));
    }
    if pixels.is_none_or(|pixels| pixels > MAX_PIXELS) {
        return Err(PictureError::TooLarge { width, height });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
