// SPDX-License-Identifier: GPL-3.0-or-later
//! Pictures with broken profiles, or broken around their profiles: decoded and painted as the
//! window of photos does it, and those of 16 bits converted as `orielctl` does it.
//!
//! A broken profile is no reason not to show a picture: it must come out as if it were untagged,
//! with the reason. A broken file may be refused, with the reason.

use oriel_colour::picture::{Levels, Part, Picture, Pixels, Tag};
use oriel_colour::profile::{Intent, Profile};
use oriel_colour::samples::{self, Kind, Model};
use oriel_colour::transform::{Cache, Order, Recipe, Surface};

use crate::soak::{Corpus, Count};
use crate::support::dice::{Dice, broken_profile, sound_profiles};
use crate::support::files::{HEIGHT, Make, WIDTH, break_frame, file};

/// In each so many there is a profile whose packing opens into 68 MiB.
const BOMBS: usize = 250;

pub struct Pictures {
    sound: Vec<Vec<u8>>,
    /// The pixels of each make.
    pixels: Vec<Pixels>,
    bomb: Vec<u8>,
    monitors: [Profile; 2],
    /// As the window keeps transforms.
    cache: Cache,
}

/// A picture to be shown.
pub struct Broken {
    bytes: Vec<u8>,
    /// The pixels that it must have; `None` where the file may be refused.
    expected: Option<Pixels>,
    has_profile: bool,
    intent: Intent,
    black_point: bool,
    monitor: Profile,
    zoom: f64,
}

impl Pictures {
    pub fn new() -> Self {
        let plain = |make| Picture::decode(&file(make, &[]).bytes).unwrap();
        let model = Model::default().swapped();
        Self {
            sound: sound_profiles(),
            pixels: Make::ALL.iter().map(|make| plain(*make).pixels).collect(),
            bomb: file(Make::Png, &vec![0; 68 << 20]).bytes,
            monitors: [Kind::Matrix, Kind::LabTable]
                .map(|kind| samples::profile(&model, kind).unwrap()),
            cache: Cache::default(),
        }
    }

    /// What a picture looks like on the monitor; and the reason, where it can't be converted.
    fn painted(&self, levels: &Levels, recipe: &Recipe, zoom: f64) -> (Vec<u8>, Option<String>) {
        let (width, height) = levels.size();
        let part = Part {
            x: 0,
            y: 0,
            width: width.min(24),
            height: height.min(24),
        };
        let mut rgba = levels.part(zoom, part);
        match self.cache.get(recipe) {
            Ok(transform) => {
                let stride = part.width * 4;
                let surface = Surface::new(&mut rgba, part.width, part.height, stride, Order::Rgba);
                transform.apply(&mut surface.unwrap(), None, 0);
                (rgba, None)
            }
            Err(error) => (rgba, Some(error.to_string())),
        }
    }
}

impl Corpus for Pictures {
    type Broken = Broken;

    const NAME: &'static str = "pictures";

    fn breaks(&self, dice: &mut Dice) -> Broken {
        let number = dice.below(Make::ALL.len());
        let make = Make::ALL[number];
        let pixels = self.pixels[number].clone();
        // Three of five have a broken profile, two a broken file (some of them both).
        let which = dice.below(5);
        let profile = if which == 0 {
            self.sound[dice.below(self.sound.len())].clone()
        } else {
            broken_profile(&self.sound, dice)
        };
        let mut packed = file(make, &profile);
        let breaks_frame = which < 2 && !packed.frame.is_empty();
        if breaks_frame {
            break_frame(&mut packed, dice);
        }
        let mut broken = Broken {
            bytes: packed.bytes,
            expected: (!breaks_frame).then_some(pixels),
            has_profile: !profile.is_empty(),
            intent: Intent::ALL[dice.below(4)],
            black_point: dice.below(2) == 0,
            monitor: self.monitors[dice.below(2)].clone(),
            zoom: [0.3, 1.0, 4.0][dice.below(3)],
        };
        if dice.below(BOMBS) == 0 {
            broken.bytes.clone_from(&self.bomb);
            broken.expected = Some(self.pixels[0].clone());
            broken.has_profile = true;
        }
        broken
    }

    fn uses(&self, broken: Broken, count: &mut Count) {
        let picture = match Picture::decode(&broken.bytes) {
            Ok(picture) => picture,
            Err(error) => {
                assert!(broken.expected.is_none(), "{error}");
                assert!(!error.to_string().is_empty());
                count.add("refused");
                return;
            }
        };
        if let Some(expected) = &broken.expected {
            assert_eq!(
                (picture.width, picture.height),
                (WIDTH as usize, HEIGHT as usize)
            );
            assert_eq!(picture.pixels, *expected);
            assert_eq!(picture.tag == Tag::None, !broken.has_profile);
        }
        let format = picture.format;
        let recipe = |source| Recipe {
            intent: broken.intent,
            black_point: broken.black_point,
            ..Recipe::new(source, broken.monitor.clone())
        };
        let own = recipe(picture.profile());
        if picture.bits() == 16 {
            let mut converted = picture.clone();
            match converted.convert(&own) {
                Ok(()) => assert_eq!(converted.tag.profile(), Some(&broken.monitor)),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
        let tag = picture.tag.clone();
        let levels = Levels::new(picture);
        let (painted, fault) = self.painted(&levels, &own, broken.zoom);
        let untagged = || {
            self.painted(&levels, &recipe(Profile::srgb()), broken.zoom)
                .0
        };
        let shown = match (&tag, fault) {
            (Tag::Profile(..), None) => "by the profile",
            (Tag::Profile(..), Some(why)) => {
                assert!(!why.is_empty());
                "unchanged, with the reason"
            }
            (Tag::Broken(_) | Tag::None, fault) => {
                assert_eq!(fault, None);
                assert!(painted == untagged(), "not shown as an untagged one");
                match tag {
                    Tag::Broken(why) => {
                        assert!(!why.to_string().is_empty());
                        "as sRGB, with the reason"
                    }
                    _ => "as untagged",
                }
            }
        };
        count.add(shown);
        count.add(&format!("{} shown", format.name()));
    }
}
