// SPDX-License-Identifier: GPL-3.0-or-later
//! Sound things that a fuzzer begins with, by target.

use oriel_colour::samples::{self, Kind, Model};

use super::dice::sound_profiles;
use super::files::{Make, file};
use super::{curve, dictionary, localized, power, vcgt};

/// The name of each target, with what it begins with.
pub fn all() -> [(&'static str, Vec<Vec<u8>>); 4] {
    let profiles = sound_profiles();
    let ramp = power(2.2, 256);
    // A target puts the name of the type in front.
    let tags = [
        dictionary(&[("DATA_source", "calib"), ("EDID_md5", "00")]),
        localized(&[("enUS", "Screen"), ("deDE", "Schirm")]),
        curve(&ramp[..16]),
        vcgt([&ramp, &ramp, &ramp]),
    ]
    .map(|tag| tag[4..].to_vec());
    // The first byte is the intent.
    let chosen = profiles.iter().zip(0_u8..);
    let chosen = chosen.map(|(profile, choice)| [&[choice], &profile[..]].concat());
    let matrix = samples::bytes(&Model::default(), Kind::Matrix);
    let pictures = Make::ALL
        .iter()
        .flat_map(|make| [file(*make, &matrix).bytes, file(*make, &[]).bytes]);
    [
        ("transform", chosen.collect()),
        ("parser", profiles),
        ("dictionary", tags.to_vec()),
        ("picture", pictures.collect()),
    ]
}
