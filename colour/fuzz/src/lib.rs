// SPDX-License-Identifier: GPL-3.0-or-later
//! What the fuzz targets do with bytes. It is here, and not in the targets, so that an ordinary
//! test (`colour/tests/fuzz.rs`) compiles and runs it, too, without a fuzzer.

use std::sync::LazyLock;

use oriel_colour::picture::{Levels, MAX_PIXELS, Part, Picture};
use oriel_colour::profile::text::{choose, texts};
use oriel_colour::profile::{Curve, Dictionary, Intent, Profile, Vcgt};
use oriel_colour::report::{Options, Report};
use oriel_colour::samples::{self, Kind, Model};
use oriel_colour::transform::{Cache, Order, Recipe, Surface, Transform};

/// Bytes become a profile or are refused, and a report of it can be written.
pub fn parser(bytes: &[u8]) {
    if let Ok(profile) = Profile::parse(bytes) {
        let report = Report::new(&profile, &Options::default());
        assert!(!report.to_text().is_empty());
    }
}

/// The dictionary tag, and the other types that are read by our own hand.
pub fn dictionary(bytes: &[u8]) {
    // The type is put in front, so that each gets past its first four bytes.
    for kind in [
        b"dict", b"mluc", b"desc", b"text", b"curv", b"para", b"vcgt",
    ] {
        let tag = [kind.as_slice(), bytes].concat();
        if let Some(read) = Dictionary::read(&tag) {
            let total: usize = read.entries().iter().map(|(a, b)| a.len() + b.len()).sum();
            assert!(total <= 1 << 20);
        }
        let _ = choose(&texts(&tag), &["de_DE.UTF-8"]);
        if let Some(curve) = Curve::read(&tag) {
            assert!((0.0..=1.0).contains(&curve.at(0.5)));
            let _ = (curve.gamma(), curve.falls_at());
        }
        if let Some(vcgt) = Vcgt::read(&tag) {
            assert!((0.0..=1.0).contains(&vcgt.at(1, 0.5)));
        }
    }
}

/// A profile becomes a transform in both directions, and a picture goes through it. The first
/// byte chooses the intent and black point compensation.
pub fn transform(bytes: &[u8]) {
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
}

/// A file becomes a picture or is refused; a part of it is converted for a monitor by its
/// profile, or as sRGB where that is broken.
pub fn picture(bytes: &[u8]) {
    static MONITOR: LazyLock<Option<Profile>> =
        LazyLock::new(|| samples::profile(&Model::default(), Kind::Matrix).ok());
    // Most are untagged, and a transform takes longer to be made than a picture to be decoded.
    static KEPT: LazyLock<Cache> = LazyLock::new(Cache::default);
    let (Ok(picture), Some(monitor)) = (Picture::decode(bytes), MONITOR.as_ref()) else {
        return;
    };
    assert!((1..=MAX_PIXELS).contains(&(picture.width * picture.height)));
    let recipe = Recipe::new(picture.profile(), monitor.clone());
    let levels = Levels::new(picture);
    let (width, height) = levels.size();
    let part = Part {
        x: 0,
        y: 0,
        width: width.min(32),
        height: height.min(32),
    };
    let mut rgba = levels.part(1.0, part);
    assert_eq!(rgba.len(), part.width * part.height * 4);
    if let Ok(transform) = KEPT.get(&recipe)
        && let Ok(mut surface) = Surface::new(
            &mut rgba,
            part.width,
            part.height,
            part.width * 4,
            Order::Rgba,
        )
    {
        transform.apply(&mut surface, None, 1);
    }
}
