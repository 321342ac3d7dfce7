// SPDX-License-Identifier: GPL-3.0-or-later
//! A picture of a guest's screen, from the bytes of libvirt's screenshot stream.
//!
//! Owns the way from the guest ([`take`]), the decoding (PNG or PPM), its bounds, scaling and
//! writing as PNG. Files are the caller's, colours are shown
//! through the monitor's profile elsewhere. The pixels may show what a guest keeps encrypted,
//! so nothing here caches or prints them.

mod read;
mod screen;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Read;

use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::error::{ImageError, LimitErrorKind};
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, ImageEncoder, RgbaImage};

pub use self::screen::{take, timed_out};
pub use crate::model::error::preview::{MAX_KEPT_PIXELS, MAX_PIXELS, MAX_SIDE, PreviewError};

/// The most bytes that a decoder may ask for.
const MAX_BYTES: usize = 64 << 20;

/// The most bytes that a packed picture may have.
const MAX_PACKED_BYTES: usize = 48 << 20;

/// Above so many pixels pictures are scaled by averaging alone, as they come: 64 MiB as RGBA.
const FINE_PIXELS: u64 = 16 << 20;

/// A picture of a screen: rows from top to bottom, four bytes a pixel (red, green, blue, 255).
#[derive(Clone, PartialEq, Eq)]
pub struct Preview {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height * 4` bytes. A screen has nothing behind it, so alpha is always 255,
    /// whatever the picture said.
    pub rgba: Vec<u8>,
}

impl fmt::Debug for Preview {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Preview")
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

impl Preview {
    /// Decodes what `virDomainScreenshot` sent. Its first bytes tell the format; `mime`, what
    /// libvirt said it was, only serves the error.
    ///
    /// # Errors
    ///
    /// [`PreviewError::TooLarge`] and [`PreviewError::Memory`] before any pixel is read,
    /// [`PreviewError::Format`], [`PreviewError::Damaged`] or [`PreviewError::Empty`] for
    /// what is no picture.
    pub fn decode(bytes: &[u8], mime: Option<&str>) -> Result<Self, PreviewError> {
        Self::read(bytes, mime, None)
    }

    /// The same from a stream, with the picture at most `width` pixels wide: a large one is scaled
    /// down as it comes, and never there as a whole.
    ///
    /// # Errors
    ///
    /// As [`Self::decode`], and [`PreviewError::TooLargeToKeep`].
    pub fn read(
        source: impl Read,
        mime: Option<&str>,
        width: Option<u32>,
    ) -> Result<Self, PreviewError> {
        let picture = read::read(source, mime, width)?;
        Ok(match width {
            Some(width) => picture.scale_to_width(width),
            None => picture,
        })
    }

    /// The picture at most `width` pixels wide, its proportions kept; a smaller one stays as
    /// it is. At least one pixel in each direction remains.
    #[must_use]
    pub fn scale_to_width(self, width: u32) -> Self {
        if width >= self.width {
            return self;
        }
        self.resize(width)
    }

    /// The picture exactly `width` pixels wide, made larger if need be.
    ///
    /// # Errors
    ///
    /// [`PreviewError::TooLarge`] if it would pass the bounds.
    pub fn enlarge_to_width(self, width: u32) -> Result<Self, PreviewError> {
        check_size(width, height_for(self.width, self.height, width))?;
        Ok(self.resize(width))
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    ///
    /// [`PreviewError::Encode`] if the encoder fails, [`PreviewError::Damaged`] if the fields
    /// contradict each other.
    pub fn to_png(&self) -> Result<Vec<u8>, PreviewError> {
        if u64::try_from(self.rgba.len()) != Ok(u64::from(self.width) * u64::from(self.height) * 4)
        {
            return Err(PreviewError::Damaged {
                reason: "its size does not fit its pixels".to_owned(),
                source: None,
            });
        }
        let mut png = Vec::new();
        PngEncoder::new_with_quality(&mut png, CompressionType::Fast, PngFilter::Adaptive)
            .write_image(
                &self.rgba,
                self.width,
                self.height,
                ExtendedColorType::Rgba8,
            )
            .map_err(PreviewError::Encode)?;
        Ok(png)
    }

    fn opaque(image: RgbaImage) -> Self {
        let (width, height) = image.dimensions();
        let mut rgba = image.into_raw();
        for alpha in rgba.iter_mut().skip(3).step_by(4) {
            *alpha = u8::MAX;
        }
        Self {
            width,
            height,
            rgba,
        }
    }

    fn resize(self, width: u32) -> Self {
        let width = width.max(1);
        let height = height_for(self.width, self.height, width);
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let pixels = u64::from(self.width) * u64::from(self.height);
        let Some(image) = RgbaImage::from_raw(self.width, self.height, self.rgba) else {
            // Only fields set by hand can contradict each other.
            return Self {
                width: 1,
                height: 1,
                rgba: vec![0, 0, 0, u8::MAX],
            };
        };
        let larger = u64::from(width) * u64::from(height);
        let scaled = if pixels.max(larger) > FINE_PIXELS {
            imageops::thumbnail(&image, width, height)
        } else {
            imageops::resize(&image, width, height, FilterType::CatmullRom)
        };
        Self::opaque(scaled)
    }
}

/// The height that keeps the proportions at another width.
fn height_for(width: u32, height: u32, wanted: u32) -> u32 {
    let own = u64::from(width.max(1));
    let height = (u64::from(height) * u64::from(wanted) + own / 2) / own;
    u32::try_from(height).unwrap_or(u32::MAX).max(1)
}

fn check_size(width: u32, height: u32) -> Result<(), PreviewError> {
    let (width, height) = (u64::from(width), u64::from(height));
    if width == 0 || height == 0 {
        return Err(PreviewError::Damaged {
            reason: "it has no pixels".to_owned(),
            source: None,
        });
    }
    let longest = u64::from(MAX_SIDE);
    if width > longest || height > longest || width * height > MAX_PIXELS {
        return Err(PreviewError::TooLarge { width, height });
    }
    Ok(())
}

fn damaged(error: ImageError) -> PreviewError {
    if let ImageError::Limits(limit) = &error
        && matches!(limit.kind(), LimitErrorKind::InsufficientMemory)
    {
        return PreviewError::Memory;
    }
    PreviewError::Damaged {
        reason: error.to_string(),
        source: Some(error),
    }
}
