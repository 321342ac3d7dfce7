// SPDX-License-Identifier: GPL-3.0-or-later
//! Why a file is not shown as a picture.

use std::io;

use super::{MAX_FILE, MAX_PIXELS};

/// Why a file is not shown as a picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The file can't be read.
    #[error("the file can't be read: {0}")]
    File(#[from] io::Error),
    /// It is a folder, a pipe or a device.
    #[error("{0}")]
    NoFile(String),
    /// The file is larger than [`MAX_FILE`].
    #[error("the file has more than {MAX_FILE} bytes")]
    FileTooLarge,
    /// None of the formats that are known.
    #[error("it is no PNG, JPEG, TIFF, WebP or AVIF picture")]
    Unknown,
    /// More pixels than [`MAX_PIXELS`], or more memory than is given.
    #[error("it has {width} by {height} pixels, and {MAX_PIXELS} in all is the most that is read")]
    TooLarge {
        /// Pixels across.
        width: usize,
        /// Pixels down.
        height: usize,
    },
    /// The file uses a part of its format that is not supported.
    #[error("it uses what is not supported: {what}")]
    Unsupported {
        /// What.
        what: String,
    },
    /// The content contradicts its format.
    #[error("it is damaged: {reason}")]
    Damaged {
        /// What is wrong.
        reason: String,
    },
    /// PNG can't be written.
    #[error("it can't be written as PNG: {reason}")]
    Encode {
        /// Why.
        reason: String,
    },
}

impl PictureError {
    pub(super) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged {
            reason: reason.into(),
        }
    }

    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }
}
