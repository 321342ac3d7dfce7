// SPDX-License-Identifier: GPL-3.0-or-later
//! Why there is no picture of a screen, and how large one may be.

use image::error::ImageError;

use super::told::NextStep;
use crate::message::{Message, mark, texts};

/// The longest side that is taken, in pixels.
pub const MAX_SIDE: u32 = 16_384;

/// The most pixels that are taken, if the picture is scaled down as it comes.
pub const MAX_PIXELS: u64 = 64 << 20;

/// The most pixels that are kept: those of an 8K screen, and 144 MiB as RGBA.
pub const MAX_KEPT_PIXELS: u64 = 36 << 20;

/// Why there is no preview.
#[derive(Debug)]
pub enum PreviewError {
    /// The hypervisor sent no bytes.
    Empty,
    /// The bytes are neither PNG nor PPM.
    Format {
        /// What the hypervisor said it was.
        claimed: String,
    },
    /// The picture is larger than any screen.
    TooLarge {
        /// Its width in pixels.
        width: u64,
        /// Its height in pixels.
        height: u64,
    },
    /// The picture can be shown smaller alone.
    TooLargeToKeep,
    /// The picture would take too much memory.
    Memory,
    /// The picture breaks off or contradicts itself.
    Damaged {
        /// What the decoder found.
        reason: String,
        /// The decoder's own error.
        source: Option<ImageError>,
    },
    /// The picture could not be written as PNG.
    Encode(ImageError),
}

texts! {
    /// What is said of pictures of screens.
    PREVIEW;
    EMPTY = "picture-empty", mark("The hypervisor sent an empty picture of the screen.");
    FORMAT = "picture-format", mark("The picture of the screen is in a format that can’t be shown ({claimed}).");
    TOO_LARGE = "picture-too-large", mark("The picture of the screen claims {width} × {height} pixels, more than can be shown.");
    TOO_LARGE_TO_KEEP = "picture-too-large-to-keep", mark("The picture of the screen has more pixels than are kept in full size.");
    MEMORY = "picture-memory", mark("The picture of the screen needs more memory than a preview may take.");
    DAMAGED = "picture-damaged", mark("The picture of the screen is damaged: {words}.");
    ENCODE = "picture-encode", mark("The picture could not be written as PNG: {words}.");
    SMALLER = "picture-smaller", mark("It can be had smaller.");
    SMALLER_OPTION = "picture-smaller-option", "It can be had smaller (--width).";
}

impl PreviewError {
    pub(super) fn message(&self) -> Message {
        match self {
            Self::Empty => EMPTY.into(),
            Self::Format { claimed } => FORMAT.with("claimed", claimed),
            Self::TooLarge { width, height } => {
                TOO_LARGE.with("width", *width).with("height", *height)
            }
            Self::TooLargeToKeep => TOO_LARGE_TO_KEEP.into(),
            Self::Memory => MEMORY.into(),
            Self::Damaged { reason, .. } => DAMAGED.with("words", reason),
            Self::Encode(source) => ENCODE.with("words", source.to_string()),
        }
    }

    pub(super) fn next(&self) -> NextStep {
        match self {
            Self::TooLargeToKeep => NextStep::of(SMALLER, SMALLER_OPTION),
            _ => NextStep::default(),
        }
    }
}

impl std::fmt::Display for PreviewError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(formatter)
    }
}

impl std::error::Error for PreviewError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Damaged { source, .. } => source.as_ref().map(|error| error as _),
            Self::Encode(source) => Some(source),
            _ => None,
        }
    }
}
