// SPDX-License-Identifier: GPL-3.0-or-later
//! One device and Lab: what its colours are, and which of its colours is the right one.

use std::time::Duration;

use lcms2::{DisallowCache, Flags, PixelFormat, ThreadContext};

use super::TransformError;
use super::bake::open;
use super::effort::{Effort, PIECE};
use crate::lab::D50_XY;
use crate::profile::Profile;

type Floats = lcms2::Transform<[f32; 3], [f32; 3], ThreadContext, DisallowCache>;

/// The ways between an RGB device and Lab (relative to D50), relative colorimetric, by lcms2 in
/// floating point.
pub struct Device {
    to_lab: Floats,
    from_lab: Option<Floats>,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device").finish_non_exhaustive()
    }
}

impl Device {
    /// The ways of a profile.
    ///
    /// # Errors
    ///
    /// Where the profile is none of RGB, or lcms2 can't read it or finds no way to Lab.
    pub fn new(profile: &Profile) -> Result<Self, TransformError> {
        profile.check_picture()?;
        let device = open(profile)?;
        let white = lcms2::CIExyY {
            x: D50_XY[0],
            y: D50_XY[1],
            Y: 1.0,
        };
        let lab = lcms2::Profile::new_lab4_context(&device.context, &white)
            .map_err(|_| TransformError::NoWay)?;
        let (rgb, pcs) = (PixelFormat::RGB_FLT, PixelFormat::Lab_FLT);
        let way = |from, from_format, to, to_format| {
            Floats::new_flags_context(
                &device.context,
                from,
                from_format,
                to,
                to_format,
                lcms2::Intent::RelativeColorimetric,
                Flags::NO_CACHE | Flags::NO_OPTIMIZE,
            )
            .map_err(|_| TransformError::NoWay)
        };
        Ok(Self {
            to_lab: way(&device.profile, rgb, &lab, pcs)?,
            from_lab: way(&lab, pcs, &device.profile, rgb).ok(),
        })
    }

    /// Whether there is a way from Lab to the device.
    pub fn takes_lab(&self) -> bool {
        self.from_lab.is_some()
    }

    /// Lab of device colours, each 0 to 1.
    ///
    /// # Errors
    ///
    /// [`TransformError::TooSlow`] where it takes longer than [`super::Reference::DEADLINE`].
    pub fn lab(&self, colours: &[[f32; 3]]) -> Result<Vec<[f32; 3]>, TransformError> {
        Self::convert(&self.to_lab, colours)
    }

    /// Device colours (0 to 1) for Lab.
    ///
    /// # Errors
    ///
    /// [`TransformError::NoWay`] where there is none, or as [`Self::lab`].
    pub fn rgb(&self, colours: &[[f32; 3]]) -> Result<Vec<[f32; 3]>, TransformError> {
        let way = self.from_lab.as_ref().ok_or(TransformError::NoWay)?;
        let mut converted = Self::convert(way, colours)?;
        for part in converted.as_flattened_mut() {
            *part = if part.is_finite() {
                part.clamp(0.0, 1.0)
            } else {
                0.0
            };
        }
        Ok(converted)
    }

    fn convert(way: &Floats, colours: &[[f32; 3]]) -> Result<Vec<[f32; 3]>, TransformError> {
        let mut effort = Effort::begin();
        let mut converted = vec![[0.0; 3]; colours.len()];
        // In pieces, so that the deadline is seen.
        for (from, to) in colours.chunks(PIECE).zip(converted.chunks_mut(PIECE)) {
            effort.run(from.len(), || way.transform_pixels(from, to));
            if effort.is_too_much(Duration::ZERO) {
                return Err(TransformError::TooSlow);
            }
        }
        Ok(converted)
    }
}
