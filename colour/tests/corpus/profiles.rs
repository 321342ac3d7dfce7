// SPDX-License-Identifier: GPL-3.0-or-later
//! Broken profiles: parsed, reported on, and used in both directions.

use oriel_colour::profile::{Intent, Profile};
use oriel_colour::report::{Options, Report};
use oriel_colour::transform::{Order, Recipe, Surface, Transform};

use crate::soak::{Corpus, Count};
use crate::support::dice::{Dice, broken_profile, sound_profiles};

pub struct Profiles {
    sound: Vec<Vec<u8>>,
}

impl Profiles {
    pub fn new() -> Self {
        Self {
            sound: sound_profiles(),
        }
    }
}

impl Corpus for Profiles {
    type Broken = (Vec<u8>, Intent);

    const NAME: &'static str = "profiles";

    fn breaks(&self, dice: &mut Dice) -> Self::Broken {
        let bytes = broken_profile(&self.sound, dice);
        (bytes, Intent::ALL[dice.below(4)])
    }

    fn uses(&self, (bytes, intent): Self::Broken, count: &mut Count) {
        let profile = match Profile::parse(bytes) {
            Ok(profile) => profile,
            Err(refusal) => {
                assert!(!refusal.to_string().is_empty());
                count.add("refused");
                return;
            }
        };
        let report = Report::new(&profile, &Options::default());
        assert!(!report.to_text().is_empty());
        count.add("reported");
        // Once as a monitor's profile and once as a picture's.
        for (source, target) in [
            (Profile::srgb(), profile.clone()),
            (profile, Profile::srgb()),
        ] {
            let mut recipe = Recipe::new(source, target);
            recipe.intent = intent;
            recipe.black_point = intent == Intent::RelativeColorimetric;
            match Transform::new(&recipe) {
                Ok(transform) => {
                    let mut pixels: Vec<u8> = (0..=255).collect();
                    let mut surface = Surface::new(&mut pixels, 8, 8, 32, Order::Bgra).unwrap();
                    transform.apply(&mut surface, None, 1);
                    count.add("conversions");
                }
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    count.add("conversions refused");
                }
            }
        }
    }
}
