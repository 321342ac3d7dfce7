// SPDX-License-Identifier: GPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use image::codecs::jpeg::JpegEncoder;
use image::codecs::tiff::TiffEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder as _};

use super::*;
use crate::profile::{Refusal, Signature};
use crate::samples::{self, Kind, Model};
use crate::standard::{ADOBE_RGB, DISPLAY_P3};

/// A picture of 4 by 2 pixels, with values that tell where they are from.
fn small(tag: Tag) -> Picture {
    let bytes = (0..8_u8).flat_map(|at| [at * 30, 255 - at * 20, 90, 255]);
    Picture {
        width: 4,
        height: 2,
        pixels: Pixels::Eight(bytes.collect()),
        tag,
        format: Format::Png,
    }
}

fn p3() -> Profile {
    DISPLAY_P3.profile().unwrap()
}

fn tagged() -> Tag {
    Tag::Profile(p3(), Origin::Embedded)
}

/// The same picture in a format, with these bytes as its profile.
fn encoded(format: Format, profile: Vec<u8>) -> Vec<u8> {
    let Pixels::Eight(rgba) = small(Tag::None).pixels else {
        return Vec::new();
    };
    let rgb: Vec<u8> = rgba
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|it| [it[0], it[1], it[2]])
        .collect();
    let mut out = std::io::Cursor::new(Vec::new());
    match format {
        Format::Jpeg => {
            let mut encoder = JpegEncoder::new_with_quality(&mut out, 100);
            encoder.set_icc_profile(profile).unwrap();
            encoder.write_image(&rgb, 4, 2, ExtendedColorType::Rgb8)
        }
        Format::Tiff => {
            let encoder = TiffEncoder::new(&mut out);
            encoder.write_image(&rgb, 4, 2, ExtendedColorType::Rgb8)
        }
        Format::WebP => {
            let mut encoder = WebPEncoder::new_lossless(&mut out);
            encoder.set_icc_profile(profile).unwrap();
            encoder.write_image(&rgba, 4, 2, ExtendedColorType::Rgba8)
        }
        _ => {
            let mut encoder = image::codecs::png::PngEncoder::new(&mut out);
            encoder.set_icc_profile(profile).unwrap();
            encoder.write_image(&rgba, 4, 2, ExtendedColorType::Rgba8)
        }
    }
    .unwrap();
    out.into_inner()
}

/// A PNG chunk.
fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(content);
    let mut crc = u32::MAX;
    for byte in &bytes[4..] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    bytes.extend((!crc).to_be_bytes());
    bytes
}

/// A PNG file without a profile and with these chunks instead.
fn png_with(chunks: &[Vec<u8>]) -> Vec<u8> {
    let plain = small(Tag::None).to_png().unwrap();
    // The signature and the first chunk have 33 bytes.
    let mut bytes = plain[..33].to_vec();
    bytes.extend(chunks.concat());
    bytes.extend(&plain[33..]);
    bytes
}

#[test]
fn a_png_comes_back_with_its_bits_and_its_profile() {
    let eight = small(tagged());
    assert_eq!(Picture::decode(&eight.to_png().unwrap()).unwrap(), eight);
    let mut sixteen = small(tagged());
    sixteen.pixels = Pixels::Sixteen((0..8).map(|at| [at * 1001, 65535 - at, 7, 40000]).collect());
    let back = Picture::decode(&sixteen.to_png().unwrap()).unwrap();
    assert_eq!(back, sixteen);
    assert_eq!(back.bits(), 16);
    let mut wrong = small(Tag::None);
    wrong.width = 5;
    assert!(matches!(wrong.to_png(), Err(PictureError::Encode { .. })));
}

#[test]
fn each_format_gives_its_pixels_and_its_profile() {
    for format in [Format::Png, Format::Jpeg, Format::WebP, Format::Tiff] {
        let bytes = encoded(format, p3().bytes().to_vec());
        let picture = Picture::decode(&bytes).unwrap();
        assert_eq!((picture.width, picture.height), (4, 2), "{format:?}");
        assert_eq!(picture.format, format);
        let expected = if format == Format::Tiff {
            Tag::None
        } else {
            tagged()
        };
        assert_eq!(picture.tag, expected, "{format:?}");
        if format != Format::Jpeg {
            assert_eq!(picture.pixels, small(Tag::None).pixels, "{format:?}");
        }
    }
}

#[test]
fn a_picture_is_upright() {
    let Pixels::Eight(rgba) = small(Tag::None).pixels else {
        panic!("8 bits");
    };
    let mut out = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut out);
    // Exif with one entry: orientation 6, a quarter turn with the clock.
    let mut exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0".to_vec();
    exif.extend([0; 4]);
    encoder.set_exif_metadata(exif).unwrap();
    encoder
        .write_image(&rgba, 4, 2, ExtendedColorType::Rgba8)
        .unwrap();
    let picture = Picture::decode(&out).unwrap();
    assert_eq!((picture.width, picture.height), (2, 4));
    let Pixels::Eight(turned) = picture.pixels else {
        panic!("8 bits");
    };
    // The lower left pixel is the upper left one now.
    assert_eq!(turned[..4], rgba[16..20]);
}

#[test]
fn a_broken_profile_is_told_of_and_the_picture_is_srgb() {
    let mut cut = p3().bytes().to_vec();
    cut.truncate(200);
    for format in [Format::Png, Format::Jpeg, Format::WebP] {
        let picture = Picture::decode(&encoded(format, cut.clone())).unwrap();
        assert_eq!(
            picture.tag,
            Tag::Broken(TagFault::Refused(Refusal::TagOutside {
                tag: Signature(*b"desc")
            })),
            "{format:?}"
        );
        assert_eq!(picture.profile(), Profile::srgb());
    }
    let lab = samples::bytes(&Model::default(), Kind::LabTable);
    // A table whose kind nobody knows passes the first look, and is found by lcms2.
    let at = lab.windows(4).position(|four| four == b"mft2").unwrap();
    let mut strange = lab;
    strange[at..at + 4].copy_from_slice(b"zzzz");
    let picture = Picture::decode(&encoded(Format::Png, strange)).unwrap();
    assert!(
        matches!(picture.tag, Tag::Broken(_) | Tag::Profile(..)),
        "{:?}",
        picture.tag
    );
}

#[test]
fn the_profile_of_a_grey_picture_is_used() {
    // From the profile of a monitor: as grey, its curve is that of red.
    let mut bytes = p3().bytes().to_vec();
    bytes[16..20].copy_from_slice(b"GRAY");
    let at = bytes.windows(4).position(|four| four == b"rTRC").unwrap();
    bytes[at..at + 4].copy_from_slice(b"kTRC");
    let picture = Picture::decode(&encoded(Format::Png, bytes)).unwrap();
    assert!(
        matches!(picture.tag, Tag::Profile(_, Origin::Embedded)),
        "{:?}",
        picture.tag
    );
}

#[test]
fn figures_in_a_png_make_a_profile() {
    let tag = |chunks: &[Vec<u8>]| Picture::decode(&png_with(chunks)).unwrap().tag;
    let srgb = chunk(*b"sRGB", &[0]);
    let figures = Tag::Profile(Profile::srgb(), Origin::Figures);
    assert_eq!(tag(&[]), Tag::None);
    assert_eq!(tag(std::slice::from_ref(&srgb)), figures);
    assert_eq!(tag(&[chunk(*b"gAMA", &45455_u32.to_be_bytes())]), figures);
    let linear = tag(&[chunk(*b"gAMA", &100_000_u32.to_be_bytes())]);
    assert!(matches!(linear, Tag::Profile(profile, _) if profile != Profile::srgb()));
    let code = chunk(*b"cICP", &[12, 13, 0, 1]);
    assert_eq!(tag(&[srgb, code]), Tag::Profile(p3(), Origin::Figures));
    let bright = chunk(*b"cICP", &[9, 16, 0, 1]);
    assert_eq!(tag(&[bright]), Tag::Broken(TagFault::HighRange));
}

#[test]
fn conversion_changes_values_and_the_profile() {
    let mut eight = small(tagged());
    let recipe = Recipe::new(eight.profile(), ADOBE_RGB.profile().unwrap());
    eight.convert(&recipe).unwrap();
    assert_ne!(eight.pixels, small(Tag::None).pixels);
    assert_eq!(eight.profile(), recipe.target);
    let mut sixteen = small(tagged());
    let Pixels::Eight(bytes) = &sixteen.pixels else {
        panic!("8 bits");
    };
    let deep = bytes.as_chunks::<4>().0.iter();
    let deep = deep
        .map(|pixel| pixel.map(|value| u16::from(value) * 257))
        .collect();
    sixteen.pixels = Pixels::Sixteen(deep);
    sixteen.convert(&recipe).unwrap();
    let (Pixels::Eight(eight), Pixels::Sixteen(sixteen)) = (&eight.pixels, &sixteen.pixels) else {
        panic!("the bits have changed");
    };
    for (one, other) in eight.iter().zip(sixteen.as_flattened()) {
        assert!(
            (i32::from(*one) * 257 - i32::from(*other)).abs() < 400,
            "{one} {other}"
        );
    }
}

#[test]
fn what_is_too_large_is_refused_by_its_head_alone() {
    let mut head = Vec::new();
    head.extend(70_000_u32.to_be_bytes());
    head.extend(70_000_u32.to_be_bytes());
    head.extend([8, 6, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(*b"IHDR", &head));
    bytes.extend(chunk(*b"IDAT", &[0; 8]));
    bytes.extend(chunk(*b"IEND", &[]));
    let error = Picture::decode(&bytes).unwrap_err();
    assert!(matches!(error, PictureError::TooLarge { .. }), "{error}");
}

#[test]
fn what_is_no_picture_is_refused() {
    for bytes in [
        &b""[..],
        b"GIF89a",
        b"\0\0\0\x14ftypheic\0\0\0\0mif1",
        &[0xff; 64],
    ] {
        assert!(matches!(Picture::decode(bytes), Err(PictureError::Unknown)));
    }
    let folder = tempfile::tempdir().unwrap();
    let error = Picture::from_file(folder.path()).unwrap_err();
    assert!(matches!(
        error,
        PictureError::NoFile(_) | PictureError::File(_)
    ));
}

/// A generator of its own, so that each run is the same.
struct Dice(u32);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        usize::try_from(self.0).unwrap() % below
    }

    /// Changes some bytes, and now and then cuts the end off.
    fn damage(&mut self, bytes: &mut Vec<u8>, most: usize) {
        for _ in 0..=self.next(most) {
            let at = self.next(bytes.len());
            bytes[at] = u8::try_from(self.next(256)).unwrap();
        }
        if self.next(5) == 0 {
            bytes.truncate(self.next(bytes.len()).max(1));
        }
    }
}

#[test]
fn damage_is_survived() {
    let mut dice = Dice(0x2545_f491);
    let boxes = b"\0\0\0\x14ftypavif\0\0\0\0mif1\0\0\0\x26meta\0\0\0\0\
        \0\0\0\x0epitm\0\0\0\0\0\x01\0\0\0\x0ciloc\0\0\0\0";
    let mut whole: Vec<Vec<u8>> = [Format::Png, Format::Jpeg, Format::WebP, Format::Tiff]
        .into_iter()
        .map(|format| encoded(format, p3().bytes().to_vec()))
        .collect();
    whole.push(boxes.to_vec());
    for round in 0..600 {
        let mut bytes = whole[round % whole.len()].clone();
        dice.damage(&mut bytes, 6);
        // Decoded or refused: what counts is that it ends.
        if let Ok(picture) = Picture::decode(&bytes) {
            assert!(picture.width * picture.height <= MAX_PIXELS);
        }
    }
}

/// A TIFF of one pixel whose profile has these place and length.
fn tiff_with(place: u32, length: u32) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let entries = [
        (256, 3, 1, 1),
        (257, 3, 1, 1),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 0),
        (279, 4, 1, 1),
        (34675_u16, 7_u16, length, place),
    ];
    bytes.extend(8_u16.to_le_bytes());
    for (tag, kind, count, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes
}

#[test]
fn a_profile_that_cannot_be_taken_out_is_told_of() {
    let packed = Tag::Broken(TagFault::Packed);
    let profile = samples::bytes(&Model::default(), Kind::LabTable);
    let place = |bytes: &[u8], wanted: &[u8]| {
        let mut windows = bytes.windows(wanted.len());
        windows.position(|window| window == wanted).unwrap()
    };
    // A JPEG whose chunks are more than they say.
    let mut jpeg = encoded(Format::Jpeg, profile.clone());
    let at = place(&jpeg, b"ICC_PROFILE\0");
    jpeg[at + 13] = 1;
    assert_eq!(Picture::decode(&jpeg).unwrap().tag, packed);
    // A WebP whose chunk comes last, and ends after the file.
    let mut webp = encoded(Format::WebP, profile.clone());
    let at = place(&webp, b"ICCP");
    let length = (8 + profile.len()).next_multiple_of(2);
    let moved: Vec<u8> = webp.drain(at..at + length).collect();
    webp.extend(&moved[..length / 2]);
    assert_eq!(Picture::decode(&webp).unwrap().tag, packed);
    // A PNG with a damaged packing, and with one that opens into too much.
    let mut png = png_with(&[chunk(*b"iCCP", b"name\0\0nonsense")]);
    assert_eq!(Picture::decode(&png).unwrap().tag, packed);
    png = encoded(Format::Png, vec![0; 80 << 20]);
    assert_eq!(Picture::decode(&png).unwrap().tag, packed);
    // Within what a decoder may keep, but larger than a profile may be.
    png = encoded(Format::Png, vec![0; 9 << 20]);
    assert_eq!(
        Picture::decode(&png).unwrap().tag,
        Tag::Broken(TagFault::Refused(Refusal::TooLarge { size: 9 << 20 }))
    );
    for (place, length) in [(100, 1 << 30), (u32::MAX, 4), (1 << 20, 1)] {
        let tiff = tiff_with(place, length);
        assert_eq!(Picture::decode(&tiff).unwrap().tag, packed);
    }
}

#[test]
fn a_jpeg_that_has_nearly_nothing_of_its_pixels_is_refused() {
    let mut jpeg = encoded(Format::Jpeg, p3().bytes().to_vec());
    // SOF0: length, bits, height and width.
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x20, 0, 0x20, 0]);
    let error = Picture::decode(&jpeg).unwrap_err();
    assert!(matches!(error, PictureError::Damaged { .. }), "{error}");
}
