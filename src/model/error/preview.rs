// SPDX-License-Identifier: GPL-3.0-or-later
//! Why there is no picture of a screen, and how large one may be.

use image::error::ImageError;

/// The longest side that is taken, in pixels.
pub const MAX_SIDE: u32 = 16_384;

/// The most pixels that are taken, if the picture is scaled down as it comes.
pub const MAX_PIXELS: u64 = 64 << 20;

/// The most pixels that are kept: those of an 8K screen, and 144 MiB as RGBA.
pub const MAX_KEPT_PIXELS: u64 = 36 << 20;

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The hypervisor sent no bytes.
    #[error("The hypervisor sent an empty picture of the screen")]
    Empty,
    /// The bytes are neither PNG nor PPM.
    #[error("The picture of the screen is in a format that can't be shown ({claimed})")]
    Format {
        /// What the hypervisor said it was.
        claimed: String,
    },
    /// The picture is larger than any screen.
    #[error(
        "The picture of the screen claims {width} x {height} pixels, more than can be shown \
         ({MAX_SIDE} a side, {MAX_PIXELS} in all)"
    )]
    TooLarge {
        /// Its width in pixels.
        width: u64,
        /// Its height in pixels.
        height: u64,
    },
    /// The picture can be shown smaller alone.
    #[error(
        "The picture of the screen has more than {MAX_KEPT_PIXELS} pixels, which is the most that \
         is kept in full size; it can be had smaller (--width)"
    )]
    TooLargeToKeep,
    /// The picture would take too much memory.
    #[error("The picture of the screen needs more memory than a preview may take")]
    Memory,
    /// The picture breaks off or contradicts itself.
    #[error("The picture of the screen is damaged: {reason}")]
    Damaged {
        /// What the decoder found.
        reason: String,
        /// The decoder's own error.
        source: Option<ImageError>,
    },
    /// The picture could not be written as PNG.
    #[error("The preview could not be written as PNG")]
    Encode(#[source] ImageError),
}
