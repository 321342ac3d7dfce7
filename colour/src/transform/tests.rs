// SPDX-License-Identifier: GPL-3.0-or-later
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

use lcms2::{CIELab, CIELabExt as _, Flags, PixelFormat, ThreadContext};

use super::*;
use crate::samples::{self, Kind, Model};

/// The colours that accuracy is measured with: a 33³ grid and 30,000 random ones.
fn colours() -> Vec<[u8; 3]> {
    let mut colours = Vec::with_capacity(33 * 33 * 33 + 30_000);
    let step = |index: u32| u8::try_from(index * 255 / 32).unwrap();
    for red in 0..33 {
        for green in 0..33 {
            colours.extend((0..33).map(|blue| [step(red), step(green), step(blue)]));
        }
    }
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..30_000 {
        // Xorshift: the same colours in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let bytes = state.to_le_bytes();
        colours.push([bytes[2], bytes[4], bytes[6]]);
    }
    colours
}

/// Colours of a device as Lab, by lcms2.
fn lab(profile: &Profile, colours: &[[f32; 3]]) -> Vec<CIELab> {
    let context = ThreadContext::new();
    let device = lcms2::Profile::new_icc_context(&context, profile.bytes()).unwrap();
    let lab = lcms2::Profile::new_lab4_context(
        &context,
        &lcms2::CIExyY {
            x: 0.3457,
            y: 0.3585,
            Y: 1.0,
        },
    )
    .unwrap();
    let way = lcms2::Transform::<[f32; 3], [f64; 3], _, _>::new_flags_context(
        &context,
        &device,
        PixelFormat::RGB_FLT,
        &lab,
        PixelFormat::Lab_DBL,
        lcms2::Intent::RelativeColorimetric,
        Flags::NO_CACHE | Flags::NO_OPTIMIZE,
    )
    .unwrap();
    let mut out = vec![[0.0; 3]; colours.len()];
    way.transform_pixels(colours, &mut out);
    out.into_iter().map(|[L, a, b]| CIELab { L, a, b }).collect()
}

/// The reference, straight from lcms2 with the whole profile.
fn reference(recipe: &Recipe, colours: &[[u8; 3]]) -> Vec<[f32; 3]> {
    let context = ThreadContext::new();
    let open =
        |profile: &Profile| lcms2::Profile::new_icc_context(&context, profile.bytes()).unwrap();
    let mut flags = Flags::NO_CACHE | Flags::NO_OPTIMIZE;
    if recipe.black_point {
        flags = flags | Flags::BLACKPOINT_COMPENSATION;
    }
    let way = lcms2::Transform::<[f32; 3], [f32; 3], _, _>::new_flags_context(
        &context,
        &open(&recipe.source),
        PixelFormat::RGB_FLT,
        &open(&recipe.target),
        PixelFormat::RGB_FLT,
        bake::lcms_intent(recipe.intent),
        flags,
    )
    .unwrap();
    let input: Vec<[f32; 3]> = colours
        .iter()
        .map(|colour| colour.map(|part| f32::from(part) / 255.0))
        .collect();
    let mut out = vec![[0.0; 3]; input.len()];
    way.transform_pixels(&input, &mut out);
    for part in out.as_flattened_mut() {
        *part = part.clamp(0.0, 1.0);
    }
    out
}

/// Mean and largest ΔE2000.
fn difference(one: &[CIELab], two: &[CIELab]) -> (f64, f64) {
    let each: Vec<f64> = one
        .iter()
        .zip(two)
        .map(|(one, two)| one.cie2000_delta_e(two, 1.0, 1.0, 1.0))
        .collect();
    let sum: f64 = each.iter().sum();
    let most = each.iter().copied().fold(0.0, f64::max);
    (sum / each.len() as f64, most)
}

/// How far a recipe's kernel is from lcms2, and how far rounding to 8 bits alone is.
fn measure(recipe: &Recipe) -> ((f64, f64), (f64, f64), &'static str) {
    let colours = colours();
    let right = reference(recipe, &colours);
    let rounded: Vec<[f32; 3]> = right
        .iter()
        .map(|colour| colour.map(|part| (part * 255.0).round() / 255.0))
        .collect();
    let transform = Transform::new(recipe).unwrap();
    let mut pixels: Vec<u8> = colours
        .iter()
        .flat_map(|it| [it[0], it[1], it[2], 7])
        .collect();
    let width = colours.len();
    let mut surface = Surface::new(&mut pixels, width, 1, width * 4, Order::Rgba).unwrap();
    transform.apply(&mut surface, None, 1);
    let ours: Vec<[f32; 3]> = pixels
        .as_chunks::<4>()
        .0
        .iter()
        .map(|pixel| [pixel[0], pixel[1], pixel[2]].map(|part| f32::from(part) / 255.0))
        .collect();
    assert!(
        pixels.iter().skip(3).step_by(4).all(|alpha| *alpha == 7),
        "alpha stays"
    );
    let right = lab(&recipe.target, &right);
    (
        difference(&lab(&recipe.target, &ours), &right),
        difference(&lab(&recipe.target, &rounded), &right),
        transform.kind(),
    )
}

#[test]
fn what_comes_out_is_what_lcms2_says() {
    let mut failed = Vec::new();
    for kind in Kind::ALL {
        let target = samples::profile(&Model::default(), kind).unwrap();
        for intent in Intent::ALL {
            for black_point in [false, true] {
                let recipe = Recipe {
                    intent,
                    black_point,
                    ..Recipe::new(Profile::srgb(), target.clone())
                };
                let ((mean, most), (floor_mean, floor_most), way) = measure(&recipe);
                let line = format!(
                    "{kind:?} {intent:?} bpc {black_point}: {way}, \u{394}E {mean:.3} / {most:.2}, \
                     floor {floor_mean:.3} / {floor_most:.2}"
                );
                if mean > floor_mean + 0.02 || most > floor_most + 0.4 {
                    failed.push(line.clone());
                }
                println!("{line}");
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
