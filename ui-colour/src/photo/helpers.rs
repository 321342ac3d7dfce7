// SPDX-License-Identifier: GPL-3.0-or-later
//! How photos are zoomed, and what is done to their colours: without a widget.

use oriel_colour::picture::Tag;
use oriel_colour::profile::{Intent, Profile};
use oriel_colour::transform::{Proof, Recipe};

use crate::{Aim, PhotoMode, PhotoSettings};

/// The endings of files that can be shown.
pub const ENDINGS: [&str; 7] = ["png", "jpg", "jpeg", "tif", "tiff", "webp", "avif"];

/// What is painted over colours outside the gamut: a magenta that no photo has.
const WARNING: [u8; 3] = [255, 0, 200];

/// The zooms that the keys go through.
const ZOOMS: [f64; 13] = [
    0.05, 0.1, 0.17, 0.25, 0.33, 0.5, 0.67, 1.0, 1.5, 2.0, 4.0, 8.0, 16.0,
];

/// How large a photo is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Zoom {
    /// As large as the window allows, but no larger than it is.
    #[default]
    Fit,
    /// Pixels of the screen for one of the photo's.
    By(f64),
}

/// A change of the zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Larger.
    In,
    /// Smaller.
    Out,
    /// As the window allows.
    Fit,
    /// Pixel by pixel.
    Whole,
}

impl Zoom {
    /// The number, for a photo and a place of these sizes in pixels of the screen.
    pub fn number(self, photo: (f64, f64), place: (f64, f64)) -> f64 {
        match self {
            Self::By(zoom) => zoom,
            Self::Fit => (place.0 / photo.0).min(place.1 / photo.1).clamp(0.001, 1.0),
        }
    }

    /// After a step from a number.
    pub fn step(now: f64, step: Step) -> Self {
        match step {
            Step::Fit => Self::Fit,
            Step::Whole => Self::By(1.0),
            Step::In => {
                let next = ZOOMS.iter().find(|zoom| **zoom > now * 1.01);
                Self::By(next.copied().unwrap_or(now))
            }
            Step::Out => {
                let next = ZOOMS.iter().rev().find(|zoom| **zoom < now * 0.99);
                Self::By(next.copied().unwrap_or(now))
            }
        }
    }
}

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

/// What is to be painted so that moving a little needs no new painting: what is in sight, and half
/// as much around it. Along one axis: from, in sight, whole.
pub fn around(from: f64, seen: f64, whole: f64) -> (usize, usize) {
    let begin = (from - seen / 2.0).floor().clamp(0.0, whole);
    let end = (from + seen * 1.5).ceil().clamp(begin, whole);
    (number(begin), number(end - begin))
}

/// A number of pixels.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float becomes the nearest number there is"
)]
pub fn number(value: f64) -> usize {
    value.round() as usize
}

/// A number of pixels, to reckon with.
#[expect(clippy::cast_precision_loss, reason = "no photo has 2⁵³ pixels")]
pub fn float(value: usize) -> f64 {
    value as f64
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

    #[test]
    fn the_zoom_goes_in_steps_and_fits() {
        let fit = Zoom::Fit.number((4000.0, 2000.0), (1000.0, 1000.0));
        assert!((fit - 0.25).abs() < 1e-9);
        let small = Zoom::Fit.number((10.0, 10.0), (1000.0, 1000.0));
        assert!((small - 1.0).abs() < 1e-9);
        assert_eq!(Zoom::step(1.0, Step::In), Zoom::By(1.5));
        assert_eq!(Zoom::step(0.3, Step::Out), Zoom::By(0.25));
        assert_eq!(Zoom::step(16.0, Step::In), Zoom::By(16.0));
    }

    #[test]
    fn what_is_painted_stays_inside() {
        assert_eq!(around(0.0, 100.0, 1000.0), (0, 150));
        assert_eq!(around(900.0, 100.0, 1000.0), (850, 150));
        assert_eq!(around(0.0, 100.0, 80.0), (0, 80));
    }
}
