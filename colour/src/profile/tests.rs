// SPDX-License-Identifier: GPL-3.0-or-later
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn srgb_bytes() -> Vec<u8> {
    Profile::srgb().bytes().to_vec()
}

#[test]
fn named_spaces_are_sound_and_lcms2_takes_them_for_what_they_are() {
    for space in [standard::SRGB, standard::ADOBE_RGB, standard::DISPLAY_P3] {
        let profile = space.profile().unwrap();
        profile.check_monitor().unwrap();
        assert_eq!(
            usize::try_from(profile.header().size).unwrap(),
            profile.bytes().len()
        );
        let reference = lcms2::Profile::new_icc(profile.bytes()).unwrap();
        assert!(reference.is_matrix_shaper(), "{}", space.name);
        let sum: Vec<f64> = (0..3)
            .map(|axis| space.colorants.iter().map(|colour| colour[axis]).sum())
            .collect();
        for (sum, white) in sum.iter().zip(standard::D50) {
            assert!(
                (sum - white).abs() < 4e-4,
                "{}: {sum} is not {white}",
                space.name
            );
        }
    }
    assert_eq!(Profile::srgb(), Profile::srgb());
}

#[test]
fn what_is_no_profile_is_refused_with_its_reason() {
    assert_eq!(Profile::parse(Vec::new()).unwrap_err(), Refusal::Truncated);
    assert_eq!(
        Profile::parse(vec![0; 200]).unwrap_err(),
        Refusal::NotAProfile
    );
    assert_eq!(
        Profile::parse(vec![0; MAX_SIZE + 1]).unwrap_err(),
        Refusal::TooLarge { size: MAX_SIZE + 1 }
    );
    let mut version = srgb_bytes();
    version[8] = 5;
    assert_eq!(
        Profile::parse(version).unwrap_err(),
        Refusal::Version { major: 5 }
    );
    let mut many = srgb_bytes();
    many[128..132].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(matches!(
        Profile::parse(many).unwrap_err(),
        Refusal::TooManyTags { .. }
    ));
    let mut outside = srgb_bytes();
    outside[136..140].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(matches!(
        Profile::parse(outside).unwrap_err(),
        Refusal::TagOutside { .. }
    ));
    let mut twice = srgb_bytes();
    twice.copy_within(132..144, 144);
    assert!(matches!(
        Profile::parse(twice).unwrap_err(),
        Refusal::TagTwice { .. }
    ));
    for end in [0, 1, 127, 128, 131, 140, 200] {
        assert!(
            Profile::parse(&srgb_bytes()[..end]).is_err(),
            "cut at {end}"
        );
    }
}

#[test]
fn a_sound_profile_of_another_kind_does_not_fit_a_monitor() {
    let mut printer = srgb_bytes();
    printer[12..16].copy_from_slice(b"prtr");
    let printer = Profile::parse(printer).unwrap();
    assert!(printer.check_monitor().is_err());
    printer.check_picture().unwrap();
    let mut grey = srgb_bytes();
    grey[16..20].copy_from_slice(b"GRAY");
    assert_eq!(
        Profile::parse(grey)
            .unwrap()
            .check_picture()
            .unwrap_err()
            .to_string(),
        "its colour space is “GRAY”, which does not fit here"
    );
}
