// SPDX-License-Identifier: GPL-3.0-or-later
//! Why bytes are not taken for a profile.

use std::io;

use super::{MAX_SIZE, MAX_TAGS, Signature};

/// Why bytes are refused as a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Larger than [`MAX_SIZE`].
    #[error("it has {size} bytes, and {MAX_SIZE} is the most that is read")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// The header, the table of tags or a tag ends before its end.
    #[error("the file is truncated")]
    Truncated,
    /// The bytes 36 to 39 are not `acsp`.
    #[error("it is no ICC profile: the signature “acsp” is missing")]
    NotAProfile,
    /// Neither version 2 nor version 4.
    #[error("its version is {major}, and only versions 2 and 4 are known")]
    Version {
        /// The major version.
        major: u8,
    },
    /// More than [`MAX_TAGS`].
    #[error("it says it has {count} tags, and {MAX_TAGS} is the most that is read")]
    TooManyTags {
        /// The number that it gives.
        count: usize,
    },
    /// A tag that does not lie inside the profile.
    #[error("the tag “{tag}” lies outside it")]
    TagOutside {
        /// The tag.
        tag: Signature,
    },
    /// Two tags of one name.
    #[error("the tag “{tag}” is there twice")]
    TagTwice {
        /// The tag.
        tag: Signature,
    },
    /// A colour table with more nodes than [`super::MAX_GRID`] along an axis, or too many in
    /// all.
    #[error("the table “{tag}” with {points} nodes an axis is larger than what is read")]
    GridTooLarge {
        /// The tag.
        tag: Signature,
        /// Nodes along the axis.
        points: u8,
    },
    /// A sound profile of another kind than what was needed.
    #[error("its {what} is “{found}”, which does not fit here")]
    Unfit {
        /// What was looked at.
        what: &'static str,
        /// What was found.
        found: String,
    },
}

/// Why a file was not read as a profile.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file can't be read.
    #[error("the file can't be read: {0}")]
    File(#[from] io::Error),
    /// The file is no profile that can be used.
    #[error(transparent)]
    Refused(#[from] Refusal),
}
