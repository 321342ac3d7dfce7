// SPDX-License-Identifier: GPL-3.0-or-later
//! Why a recipe can't be made ready.

use crate::profile::Refusal;

/// Why a recipe can't be made ready.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransformError {
    /// A profile that pixels of this kind can't have.
    #[error("a profile can't be used: {0}")]
    Refused(#[from] Refusal),
    /// lcms2 could not read a profile.
    #[error("lcms2 can't read the profile")]
    Unreadable,
    /// lcms2 finds no way between the profiles.
    #[error("the profile lacks what a conversion needs")]
    NoWay,
    /// It took longer than [`super::Reference::DEADLINE`].
    #[error("the profile takes too long to be evaluated")]
    TooSlow,
}
