// SPDX-License-Identifier: GPL-3.0-or-later
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

use super::*;
use crate::samples::{self, Kind, Model};

/// A picture of different colours with rows of 7 pixels in 32 bytes.
fn picture() -> Vec<u8> {
    (0..32 * 5)
        .map(|index| u8::try_from(index * 37 % 251).unwrap())
        .collect()
}

#[test]
fn strides_orders_and_parts_are_kept_to() {
    for kind in [Kind::Matrix, Kind::XyzTable] {
        let target = samples::profile(&Model::default(), kind).unwrap();
        let transform = Transform::new(&Recipe::new(Profile::srgb(), target)).unwrap();
        let before = picture();
        let convert = |order, rects: Option<&[Rect]>| {
            let mut data = before.clone();
            let mut surface = Surface::new(&mut data, 7, 5, 32, order).unwrap();
            transform.apply(&mut surface, rects, 2);
            data
        };
        let whole = convert(Order::Rgba, None);
        for (index, (old, new)) in before
            .as_chunks::<4>()
            .0
            .iter()
            .zip(whole.as_chunks::<4>().0)
            .enumerate()
        {
            if index % 8 == 7 {
                assert_eq!(old, new, "what fills a row up is nobody's pixel");
            } else {
                assert_eq!(old[3], new[3], "alpha stays");
                assert_eq!(transform.colour([old[0], old[1], old[2]]), new[..3]);
            }
        }
        let other = convert(Order::Bgra, None);
        let old = before.as_chunks::<4>().0[9];
        let new = other.as_chunks::<4>().0[9];
        assert_eq!(
            transform.colour([old[2], old[1], old[0]]),
            [new[2], new[1], new[0]]
        );
        let part = Rect {
            x: 2,
            y: 1,
            width: 3,
            height: 2,
        };
        let outside = Rect {
            x: 6,
            y: 4,
            width: 100,
            height: usize::MAX,
        };
        let parts = convert(Order::Rgba, Some(&[part, outside]));
        for row in 0..5 {
            for column in 0..7 {
                let at = row * 32 + column * 4;
                let inside =
                    (1..3).contains(&row) && (2..5).contains(&column) || row == 4 && column == 6;
                let wanted = if inside { &whole } else { &before };
                assert_eq!(parts[at..at + 4], wanted[at..at + 4], "{column}, {row}");
            }
        }
    }
}

#[test]
fn bytes_that_are_no_picture_are_refused() {
    let mut data = [0; 64];
    for (width, height, stride) in [
        (4, 4, 12),
        (4, 5, 16),
        (usize::MAX, 1, usize::MAX),
        (1, usize::MAX, 8),
    ] {
        assert!(Surface::new(&mut data, width, height, stride, Order::Rgba).is_err());
    }
    // The last row need not be filled up; no rows need nothing.
    Surface::new(&mut data[..60], 3, 4, 16, Order::Rgba).unwrap();
    Surface::new(&mut [], 9, 0, 0, Order::Rgba).unwrap();
}

#[test]
fn threads_change_nothing() {
    let target = samples::profile(&Model::default(), Kind::LabTable).unwrap();
    let transform = Transform::new(&Recipe::new(Profile::srgb(), target)).unwrap();
    let (width, height) = (700, 500);
    let pixels: Vec<u8> = (0..width * height * 4)
        .map(|index| ((index * 7919) >> 5) as u8)
        .collect();
    let convert = |threads| {
        let mut data = pixels.clone();
        let mut surface = Surface::new(&mut data, width, height, width * 4, Order::Rgba).unwrap();
        transform.apply(&mut surface, None, threads);
        data
    };
    let one = convert(1);
    assert_ne!(one, pixels);
    for threads in [2, 3, 5, 0] {
        assert!(convert(threads) == one, "{threads} threads");
    }
}

#[test]
fn a_picture_of_the_monitors_own_profile_stays_as_it_is() {
    let target = samples::profile(&Model::default(), Kind::XyzTable).unwrap();
    let transform = Transform::new(&Recipe::new(target.clone(), target)).unwrap();
    assert_eq!(transform.kind(), "identity");
    assert_eq!(transform.colour([1, 2, 3]), [1, 2, 3]);
}

#[test]
fn exchanged_channels_come_back_where_they_belong() {
    let plain = samples::profile(&Model::default(), Kind::Matrix).unwrap();
    let swapped = samples::profile(&Model::default().swapped(), Kind::Matrix).unwrap();
    let transform = Transform::new(&Recipe::new(swapped, plain)).unwrap();
    for (red, green, blue) in [(255, 0, 0), (10, 200, 30), (128, 128, 128), (0, 0, 255)] {
        let near = transform.colour([red, green, blue]);
        for (one, two) in near.into_iter().zip([green, red, blue]) {
            assert!(
                one.abs_diff(two) <= 1,
                "{red} {green} {blue} became {near:?}"
            );
        }
    }
}

#[test]
fn colours_outside_the_gamut_are_painted_and_no_others() {
    let source = samples::profile(&Model::default(), Kind::Matrix).unwrap();
    let recipe = Recipe {
        gamut_warning: Some([1, 2, 3]),
        ..Recipe::new(source, Profile::srgb())
    };
    let transform = Transform::new(&recipe).unwrap();
    assert_eq!(
        transform.colour([255, 0, 0]),
        [1, 2, 3],
        "redder than sRGB can be"
    );
    assert_eq!(
        transform.colour([0, 255, 0]),
        [1, 2, 3],
        "greener than sRGB can be"
    );
    for inside in [[0; 3], [128; 3], [255; 3], [140, 120, 110]] {
        assert_ne!(transform.colour(inside), [1, 2, 3], "{inside:?}");
    }
}

#[test]
fn a_soft_proof_shows_what_the_device_can_show() {
    let wide = samples::profile(&Model::default(), Kind::Matrix).unwrap();
    let proof = Proof {
        profile: Profile::srgb(),
        intent: Intent::RelativeColorimetric,
    };
    let recipe = Recipe {
        proof: Some(proof),
        ..Recipe::new(wide.clone(), wide.clone())
    };
    assert!(!recipe.is_identity());
    let transform = Transform::new(&recipe).unwrap();
    let [red, green, _] = transform.colour([0, 255, 0]);
    assert!(
        red > 60 && green < 255,
        "the green of sRGB is less green: {red} {green}"
    );
    let grey = transform.colour([120; 3]);
    assert!(grey.iter().all(|part| part.abs_diff(120) <= 1), "{grey:?}");
}

#[test]
fn sixteen_bits_are_converted_by_lcms2() {
    let target = samples::profile(&Model::default(), Kind::LabTable).unwrap();
    let recipe = Recipe::new(Profile::srgb(), target);
    let mut pixels = [
        [65535, 0, 0, 9],
        [0x8080, 0x8080, 0x8080, 10],
        [0, 0, 0, 11],
    ];
    convert_16(&recipe, &mut pixels).unwrap();
    let transform = Transform::new(&recipe).unwrap();
    for (pixel, colour) in pixels.iter().zip([[255, 0, 0], [128; 3], [0; 3]]) {
        for (sixteen, eight) in pixel.iter().zip(transform.colour(colour)) {
            assert!((sixteen >> 8).abs_diff(u16::from(eight)) <= 1, "{pixel:?}");
        }
    }
    assert_eq!(pixels.map(|pixel| pixel[3]), [9, 10, 11]);
}

#[test]
fn transforms_are_kept_and_given_again() {
    let cache = Cache::new(2);
    let recipe = |kind| {
        Recipe::new(
            Profile::srgb(),
            samples::profile(&Model::default(), kind).unwrap(),
        )
    };
    let first = cache.get(&recipe(Kind::Matrix)).unwrap();
    let again = cache.get(&recipe(Kind::Matrix)).unwrap();
    assert!(Arc::ptr_eq(&first.kernel, &again.kernel));
    cache.get(&recipe(Kind::LabTable)).unwrap();
    cache.get(&recipe(Kind::Matrix)).unwrap();
    cache.get(&recipe(Kind::Table4)).unwrap();
    let kept = cache.get(&recipe(Kind::Matrix)).unwrap();
    assert!(
        Arc::ptr_eq(&first.kernel, &kept.kernel),
        "used last, so it stayed"
    );
}
