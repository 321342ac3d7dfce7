// SPDX-License-Identifier: GPL-3.0-or-later
//! Tags are read as they were written, and what is broken is left out.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use oriel_colour::profile::text::{choose, texts};
use oriel_colour::profile::{Curve, Dictionary, Profile, Signature, Vcgt};

use support::{Parts, curve, dictionary, fixed, localized, power, vcgt};

#[test]
fn a_text_is_chosen_by_the_persons_languages() {
    let tag = localized(&[
        ("enUS", "Screen"),
        ("deDE", "Bildschirm"),
        ("deAT", "Schirm"),
        ("ptBR", "Tela"),
    ]);
    let read = texts(&tag);
    for (languages, expected) in [
        (&["de_AT.UTF-8"][..], "Schirm"),
        (&["de"], "Bildschirm"),
        (&["fr_FR", "pt"], "Tela"),
        (&["fr_FR"], "Screen"),
        (&[], "Screen"),
    ] {
        assert_eq!(choose(&read, languages), Some(expected), "{languages:?}");
    }
    // Cut anywhere, what is left is read.
    for end in 0..tag.len() {
        let _ = texts(&tag[..end]);
    }
}

#[test]
fn texts_of_version_2_are_read_and_carry_no_commands() {
    let mut tag = b"desc\0\0\0\0\0\0\0\x09Scr\x1b[een\0".to_vec();
    tag.extend([0; 4]);
    tag.extend(6_u32.to_be_bytes());
    tag.extend(support::utf16("Écran\0"));
    let read = texts(&tag);
    let read: Vec<&str> = read.iter().map(|text| text.text.as_str()).collect();
    assert_eq!(read, ["Scr[een", "Écran"]);
    let latin = texts(b"text\0\0\0\0\xa9 me\0rest");
    assert_eq!(latin.first().unwrap().text, "© me");
    assert!(texts(b"text\0\0\0\0").is_empty());
    assert!(texts(b"desc\0\0\0\0\xff\xff\xff\xffx").is_empty());
}

#[test]
fn curves_are_what_the_specification_says() {
    let near = |curve: &Curve, value: f64, light: f64| {
        let got = curve.at(value);
        assert!((got - light).abs() < 1e-4, "{curve:?} at {value}: {got}");
    };
    near(&Curve::read(&curve(&[])).unwrap(), 0.3, 0.3);
    near(&Curve::read(&curve(&[2 * 256])).unwrap(), 0.5, 0.25);
    near(
        &Curve::read(&curve(&[0, 0x4000, 0xffff])).unwrap(),
        0.75,
        0.625,
    );
    let formula = |kind: u16, values: &[f64]| {
        let mut bytes = b"para\0\0\0\0".to_vec();
        bytes.extend(kind.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(values.iter().flat_map(|value| fixed(*value)));
        Curve::read(&bytes).unwrap()
    };
    near(&formula(0, &[2.0]), 0.5, 0.25);
    near(&formula(1, &[2.0, 2.0, -1.0]), 0.75, 0.25);
    near(&formula(1, &[2.0, 2.0, -1.0]), 0.25, 0.0);
    near(&formula(2, &[1.0, 0.5, 0.0, 0.25]), 0.5, 0.5);
    let srgb = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.040_45];
    near(&formula(3, &srgb), 0.5, 0.214_041);
    near(&formula(3, &srgb), 0.02, 0.001_548);
    near(&formula(4, &[1.0, 1.0, 0.0, 0.5, 0.5, 0.0, 0.1]), 0.2, 0.2);
    let gamma = Curve::read(&curve(&power(2.2, 1024))).unwrap();
    assert!((gamma.gamma().unwrap() - 2.2).abs() < 0.001);
    assert_eq!(gamma.falls_at(), None);
    let mut broken = power(2.2, 256);
    broken[128] = 0;
    let place = Curve::read(&curve(&broken)).unwrap().falls_at().unwrap();
    assert!((place - 128.0 / 255.0).abs() < 1e-9);
    assert_eq!(Curve::read(&curve(&[7; 16])).unwrap().falls_at(), Some(1.0));
    assert_eq!(Curve::read(b"curv\0\0\0\0\x7f\xff\xff\xff\0\0"), None);
    assert_eq!(Curve::read(b"para\0\0\0\0\0\x05\0\0"), None);
}

#[test]
fn calibrations_are_tables_or_formulas() {
    let ramp = power(1.0, 256);
    let warm = power(1.2, 256);
    let table = Vcgt::read(&vcgt([&ramp, &ramp, &warm])).unwrap();
    assert_eq!(table.entries(), Some(256));
    assert!(!table.is_identity());
    assert!((table.at(2, 0.5) - 0.5_f64.powf(1.2)).abs() < 1e-3);
    let straight = [ramp.clone(), ramp.clone(), ramp.clone()];
    assert!(table.distance(&straight).unwrap() > 0.05);
    let exact = [power(1.0, 1024), power(1.0, 1024), power(1.2, 1024)];
    assert!(table.distance(&exact).unwrap() < 0.002);
    assert!(
        Vcgt::read(&vcgt([&ramp, &ramp, &ramp]))
            .unwrap()
            .is_identity()
    );
    let mut formula = b"vcgt\0\0\0\0\0\0\0\x01".to_vec();
    for _ in 0..3 {
        formula.extend([2.0, 0.1, 0.9].iter().flat_map(|value| fixed(*value)));
    }
    let formula = Vcgt::read(&formula).unwrap();
    assert!((formula.at(0, 0.5) - 0.3).abs() < 1e-4);
    assert_eq!(
        Vcgt::read(b"vcgt\0\0\0\0\0\0\0\0\0\x03\xff\xff\0\x02"),
        None
    );
}

#[test]
fn dictionaries_are_read_and_bounded() {
    let tag = dictionary(&[("DATA_source", "edid"), ("EDID_md5", "0123"), ("", "x")]);
    let read = Dictionary::read(&tag).unwrap();
    assert_eq!(read.get("DATA_source"), Some("edid"));
    assert_eq!(read.entries().len(), 3);
    for end in 0..tag.len() {
        let _ = Dictionary::read(&tag[..end]);
    }
    // Many entries that share a long text, as an attack would have them.
    let mut bomb = b"dict\0\0\0\0\0\0\xff\xff\0\0\0\x10".to_vec();
    for _ in 0..0xffff_u32 {
        for word in [16 * 0x10000_u32, 60000, 16 * 0x10000, 60000] {
            bomb.extend(word.to_be_bytes());
        }
    }
    bomb.extend([0x20, 0x41].repeat(40000));
    let read = Dictionary::read(&bomb).unwrap();
    let total: usize = read.entries().iter().map(|(a, b)| a.len() + b.len()).sum();
    assert!(total <= 1 << 20, "{total}");
}

#[test]
fn the_checksum_is_the_one_that_the_specification_describes() {
    let profile = Profile::srgb();
    let mut parts = Parts::of(&profile);
    parts.checksum = true;
    let with = parts.profile();
    assert_eq!(with.header().profile_id, Some(with.computed_id()));
    assert_eq!(
        with.computed_id(),
        parts.header(44, &[1]).profile().computed_id()
    );
    assert_eq!(
        with.xyz(Signature(*b"wtpt")),
        profile.xyz(Signature(*b"wtpt"))
    );
}
