// SPDX-License-Identifier: GPL-3.0-or-later
//! A profile becomes a transform in both directions, and a picture goes through it. The first
//! byte chooses the intent and black point compensation.

#![no_main]

use libfuzzer_sys::fuzz_target;
use oriel_colour::profile::{Intent, Profile};
use oriel_colour::transform::{Order, Recipe, Surface, Transform};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    let Ok(profile) = Profile::parse(bytes) else {
        return;
    };
    for (source, target) in [
        (Profile::srgb(), profile.clone()),
        (profile.clone(), Profile::srgb()),
    ] {
        let mut recipe = Recipe::new(source, target);
        recipe.intent = Intent::ALL[usize::from(choice & 3)];
        recipe.black_point = choice & 4 != 0;
        if let Ok(transform) = Transform::new(&recipe) {
            let mut pixels: Vec<u8> = (0..=255).collect();
            if let Ok(mut surface) = Surface::new(&mut pixels, 8, 8, 32, Order::Rgba) {
                transform.apply(&mut surface, None, 1);
            }
        }
    }
});
