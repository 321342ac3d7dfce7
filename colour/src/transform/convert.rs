// SPDX-License-Identifier: GPL-3.0-or-later
//! Pictures of 16 bits a channel, by lcms2 itself.

use lcms2::{DisallowCache, Flags, PixelFormat, ThreadContext};

use super::bake::{lcms_intent, open};
use super::{Recipe, TransformError};

/// Converts pixels of 16 bits a channel (red, green, blue, alpha) where they are; alpha stays.
/// A recipe's proof is followed, its gamut warning is not.
///
/// # Errors
///
/// As [`super::Transform::new`].
pub fn convert_16(recipe: &Recipe, pixels: &mut [[u16; 4]]) -> Result<(), TransformError> {
    type Way = lcms2::Transform<[u16; 4], [u16; 4], ThreadContext, DisallowCache>;
    recipe.source.check_picture()?;
    recipe.target.check_picture()?;
    if recipe.is_identity() {
        return Ok(());
    }
    let source = open(&recipe.source)?;
    let target = open(&recipe.target)?;
    let mut flags = Flags::NO_CACHE | Flags::COPY_ALPHA | Flags::HIGHRES_PRECALC;
    if recipe.black_point {
        flags = flags | Flags::BLACKPOINT_COMPENSATION;
    }
    let format = PixelFormat::RGBA_16;
    let intent = lcms_intent(recipe.intent);
    let way = match &recipe.proof {
        None => Way::new_flags_context(
            &source.context,
            &source.profile,
            format,
            &target.profile,
            format,
            intent,
            flags,
        ),
        Some(proof) => Way::new_proofing_context(
            &source.context,
            &source.profile,
            format,
            &target.profile,
            format,
            &open(&proof.profile)?.profile,
            intent,
            lcms_intent(proof.intent),
            flags | Flags::SOFT_PROOFING,
        ),
    }
    .map_err(|_| TransformError::NoWay)?;
    way.transform_in_place(pixels);
    Ok(())
}
