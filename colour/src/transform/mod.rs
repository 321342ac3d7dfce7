// SPDX-License-Identifier: GPL-3.0-or-later
//! Pixels of one profile become pixels of another one.
//!
//! A [`Recipe`] says what is wanted. [`Transform::new`] asks lcms2 (the reference) what the
//! recipe means and makes one of two kernels of it:
//!
//! - `matrix`: both profiles have three primaries and curves: tables of light for the input, a
//!   sum, a table for the output. What it gives is compared with the reference when it is made;
//! - `table`: everything else, baked into a grid of nodes and interpolated in tetrahedra.
//!
//! A transform is shared between threads. [`Cache`] keeps those that are in use.

mod bake;
mod cache;
mod convert;
mod device;
mod effort;
mod error;
mod matrix;
mod pixels;
mod places;
mod rows;
mod table;

pub use self::bake::Reference;
pub use self::cache::Cache;
pub use self::convert::convert_16;
pub use self::device::Device;
pub use self::error::TransformError;
pub use self::pixels::{Order, PixelsError, Rect, Surface};

use std::sync::Arc;

use self::matrix::Matrix;
use self::table::Table;
use crate::profile::{Intent, Profile, ProfileId};

/// What is to become of pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The profile that the pixels are in.
    pub source: Profile,
    /// The profile that they are to be in: the monitor's.
    pub target: Profile,
    /// What happens to colours outside the target's gamut.
    pub intent: Intent,
    /// Black point compensation: the source's black becomes the target's.
    pub black_point: bool,
    /// A device to be imitated on the way; `None` for none.
    pub proof: Option<Proof>,
    /// Paint what lies outside the gamut (of the proofed device, or of the target) in this
    /// colour (red, green, blue).
    pub gamut_warning: Option<[u8; 3]>,
}

/// The device that a soft proof imitates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Its profile.
    pub profile: Profile,
    /// How its colours are shown on the target; the recipe's own intent is how colours get into
    /// the device's gamut.
    pub intent: Intent,
}

/// What tells one recipe from another.
pub(crate) type Key = (
    ProfileId,
    ProfileId,
    Intent,
    bool,
    Option<(ProfileId, Intent)>,
    Option<[u8; 3]>,
);

impl Recipe {
    /// Relative colorimetric, nothing else.
    pub fn new(source: Profile, target: Profile) -> Self {
        Self {
            source,
            target,
            intent: Intent::RelativeColorimetric,
            black_point: false,
            proof: None,
            gamut_warning: None,
        }
    }

    pub(crate) fn key(&self) -> Key {
        (
            self.source.id(),
            self.target.id(),
            self.intent,
            self.black_point,
            self.proof
                .as_ref()
                .map(|proof| (proof.profile.id(), proof.intent)),
            self.gamut_warning,
        )
    }

    /// Whether nothing has to be done.
    pub fn is_identity(&self) -> bool {
        self.source == self.target && self.proof.is_none() && self.gamut_warning.is_none()
    }
}

/// A recipe that is ready to be used. Cloning it is cheap, and it may be used by several threads
/// at once.
#[derive(Debug, Clone)]
pub struct Transform {
    kernel: Arc<Kernel>,
}

#[derive(Debug)]
enum Kernel {
    Identity,
    Matrix(Matrix),
    Table(Table),
}

impl Transform {
    /// Makes a recipe ready: about 1 ms for two matrix profiles, 10 to 30 ms otherwise.
    ///
    /// # Errors
    ///
    /// Where a profile is not one of RGB pixels, or lcms2 finds no way from one to the other.
    pub fn new(recipe: &Recipe) -> Result<Self, TransformError> {
        recipe.source.check_picture()?;
        recipe.target.check_picture()?;
        let kernel = if recipe.is_identity() {
            Kernel::Identity
        } else if let Some(matrix) = Matrix::new(recipe)? {
            Kernel::Matrix(matrix)
        } else {
            Kernel::Table(Table::new(recipe)?)
        };
        Ok(Self {
            kernel: Arc::new(kernel),
        })
    }

    /// Which way the pixels go: `identity`, `matrix`, `table` or `fine table`.
    pub fn kind(&self) -> &'static str {
        match &*self.kernel {
            Kernel::Identity => "identity",
            Kernel::Matrix(_) => "matrix",
            Kernel::Table(table) if table.is_fine() => "fine table",
            Kernel::Table(_) => "table",
        }
    }

    /// Converts pixels where they are; with `rects`, those parts alone. Alpha is left as it is.
    /// `threads` is the most that are used; 0 means as many as the machine has processors.
    pub fn apply(&self, surface: &mut Surface<'_>, rects: Option<&[Rect]>, threads: usize) {
        match &*self.kernel {
            Kernel::Identity => {}
            Kernel::Matrix(matrix) => {
                rows::each(surface, rects, threads, |row, order| matrix.row(row, order));
            }
            Kernel::Table(table) => {
                rows::each(surface, rects, threads, |row, order| table.row(row, order));
            }
        }
    }

    /// Converts one colour.
    pub fn colour(&self, rgb: [u8; 3]) -> [u8; 3] {
        let mut pixel = [rgb[0], rgb[1], rgb[2], 255];
        match &*self.kernel {
            Kernel::Identity => {}
            Kernel::Matrix(matrix) => matrix.row(&mut pixel, Order::Rgba),
            Kernel::Table(table) => table.row(&mut pixel, Order::Rgba),
        }
        [pixel[0], pixel[1], pixel[2]]
    }
}

#[cfg(test)]
mod tests;
