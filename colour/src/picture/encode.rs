// SPDX-License-Identifier: GPL-3.0-or-later
//! PNG with the profile in it.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};

use super::{Picture, PictureError, Pixels, Tag};

impl Picture {
    /// Its pixels as PNG, 8 or 16 bits as they are, with its profile.
    ///
    /// # Errors
    ///
    /// [`PictureError::Encode`] where its fields contradict each other.
    pub fn to_png(&self) -> Result<Vec<u8>, PictureError> {
        let wrong = |reason: String| PictureError::Encode { reason };
        let side =
            |length: usize| u32::try_from(length).map_err(|_| wrong("it is too large".to_owned()));
        let (width, height) = (side(self.width)?, side(self.height)?);
        let (bytes, colour) = match &self.pixels {
            Pixels::Eight(bytes) => (bytes.clone(), ExtendedColorType::Rgba8),
            Pixels::Sixteen(pixels) => {
                let samples = pixels.as_flattened().iter();
                let bytes = samples.flat_map(|value| value.to_ne_bytes()).collect();
                (bytes, ExtendedColorType::Rgba16)
            }
        };
        let expected = self.width.checked_mul(self.height);
        let unit = if self.bits() == 8 { 4 } else { 8 };
        if expected.and_then(|pixels| pixels.checked_mul(unit)) != Some(bytes.len()) {
            return Err(wrong("its size does not fit its pixels".to_owned()));
        }
        let mut png = Vec::new();
        let mut encoder =
            PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive);
        if let Tag::Profile(profile, _) = &self.tag {
            encoder
                .set_icc_profile(profile.bytes().to_vec())
                .map_err(|error| wrong(error.to_string()))?;
        }
        encoder
            .write_image(&bytes, width, height, colour)
            .map_err(|error| wrong(error.to_string()))?;
        Ok(png)
    }
}
