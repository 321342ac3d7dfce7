// SPDX-License-Identifier: GPL-3.0-or-later
//! What is done to a photo's colours, of what a window and the preferences want: without a widget.

use oriel_colour::picture::Tag;
use oriel_colour::profile::{Intent, Profile};
use oriel_colour::transform::{Proof, Recipe};

use crate::{Aim, PhotoMode, PhotoSettings};

/// The endings of files that can be shown.
pub const ENDINGS: [&str; 7] = ["png", "jpg", "jpeg", "tif", "tiff", "webp", "avif"];

/// What is painted over colours outside the gamut: a magenta that no photo has.
const WARNING: [u8; 3] = [255, 0, 200];

/// What a window wants other than the preferences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Whether it is converted at all.
    pub managed: Option<bool>,
    /// The rendering intent.
    pub intent: WishedIntent,
    /// Black point compensation.
    pub black_point: Option<bool>,
    /// Paint what can't be shown.
    pub warning: bool,
    /// How the imitated device's colours are shown.
    pub proof_intent: Intent,
}

/// Which rendering intent a window wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WishedIntent {
    /// That of the preferences.
    #[default]
    Preferred,
    /// That of the photo's profile.
    Own,
    /// This one.
    This(Intent),
}

/// All that decides about a photo's colours.
#[derive(Debug)]
pub struct Setting<'a> {
    /// The preferences.
    pub photos: &'a PhotoSettings,
    /// The window.
    pub wish: Wish,
    /// The profile to be imitated.
    pub proof: Option<&'a Profile>,
    /// The profile in place of the monitor's, where that can be used.
    pub display: Option<&'a Profile>,
    /// The monitor.
    pub aim: &'a Aim,
    /// The photo.
    pub tag: &'a Tag,
}

impl Setting<'_> {
    /// Which photos are converted here.
    pub fn mode(&self) -> PhotoMode {
        match self.wish.managed {
            Some(true) if self.photos.mode == PhotoMode::Off => PhotoMode::All,
            Some(true) if self.tag.profile().is_none() => PhotoMode::All,
            Some(false) => PhotoMode::Off,
            _ => self.photos.mode,
        }
    }

    /// Whether this one is.
    pub fn is_managed(&self) -> bool {
        match self.mode() {
            PhotoMode::Off => false,
            PhotoMode::All => true,
            PhotoMode::Tagged => self.tag.profile().is_some(),
        }
    }

    /// Whether black becomes the monitor's black.
    pub fn black_point(&self) -> bool {
        self.wish.black_point.unwrap_or(self.aim.black_point)
    }

    /// What is to be done; `None` for nothing.
    pub fn recipe(&self) -> Option<Recipe> {
        if !self.is_managed() {
            return None;
        }
        // Without a monitor's profile values are to go out as they are.
        let monitor = self.aim.target.as_ref()?;
        let target = self.display.unwrap_or(monitor).clone();
        let source = self.tag.profile().cloned().unwrap_or_else(Profile::srgb);
        let own = Intent::from_number(source.header().intent).unwrap_or_default();
        let intent = match self.wish.intent {
            WishedIntent::This(intent) => intent,
            WishedIntent::Own => own,
            WishedIntent::Preferred => self.photos.intent.unwrap_or(own),
        };
        Some(Recipe {
            intent,
            black_point: self.black_point(),
            proof: self.proof.map(|profile| Proof {
                profile: profile.clone(),
                intent: self.wish.proof_intent,
            }),
            gamut_warning: self.wish.warning.then_some(WARNING),
            ..Recipe::new(source, target)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use oriel_colour::picture::Origin;
    use oriel_colour::standard::{ADOBE_RGB, DISPLAY_P3};

    use super::*;

    fn aim() -> Aim {
        Aim {
            target: Some(DISPLAY_P3.profile().unwrap()),
            ..Aim::default()
        }
    }

    fn recipe(mode: PhotoMode, tag: &Tag, wish: Wish) -> Option<Recipe> {
        let photos = PhotoSettings {
            mode,
            ..PhotoSettings::default()
        };
        let setting = Setting {
            photos: &photos,
            wish,
            proof: None,
            display: None,
            aim: &aim(),
            tag,
        };
        setting.recipe()
    }

    #[test]
    fn the_three_modes_are_firefoxs() {
        let tagged = Tag::Profile(ADOBE_RGB.profile().unwrap(), Origin::Embedded);
        let plain = Wish::default();
        assert!(recipe(PhotoMode::Off, &tagged, plain).is_none());
        assert!(recipe(PhotoMode::Tagged, &Tag::None, plain).is_none());
        let all = recipe(PhotoMode::All, &Tag::None, plain).unwrap();
        assert_eq!(all.source, Profile::srgb());
        let both = recipe(PhotoMode::Tagged, &tagged, plain).unwrap();
        assert_eq!(both.source, ADOBE_RGB.profile().unwrap());
        assert_eq!(both.intent, Intent::Perceptual);
    }

    #[test]
    fn a_window_goes_before_the_preferences() {
        let managed = |wanted| Wish {
            managed: Some(wanted),
            ..Wish::default()
        };
        assert!(recipe(PhotoMode::Off, &Tag::None, managed(true)).is_some());
        assert!(recipe(PhotoMode::Tagged, &Tag::None, managed(true)).is_some());
        assert!(recipe(PhotoMode::All, &Tag::None, managed(false)).is_none());
        let wish = Wish {
            intent: WishedIntent::This(Intent::Saturation),
            ..Wish::default()
        };
        let found = recipe(PhotoMode::All, &Tag::None, wish).unwrap();
        assert_eq!(found.intent, Intent::Saturation);
    }
}
