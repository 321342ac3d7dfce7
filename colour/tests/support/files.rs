// SPDX-License-Identifier: GPL-3.0-or-later
//! Small picture files with a profile in them, and ways to break what is around the profile.

use std::io::Cursor;
use std::ops::Range;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder as _};

use super::dice::Dice;

/// Their size.
pub const WIDTH: u32 = 16;
pub const HEIGHT: u32 = 16;

/// How a picture is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Make {
    Png,
    /// 16 bits a channel.
    DeepPng,
    Jpeg,
    WebP,
    Tiff,
    /// 16 bits a channel, with the high byte first.
    DeepTiff,
    Avif,
}

impl Make {
    pub const ALL: [Self; 7] = [
        Self::Png,
        Self::DeepPng,
        Self::Jpeg,
        Self::WebP,
        Self::Tiff,
        Self::DeepTiff,
        Self::Avif,
    ];
}

/// A picture file.
#[derive(Debug, Clone)]
pub struct File {
    pub bytes: Vec<u8>,
    /// Where the bytes are that say where the profile is, how long, and how it is packed.
    pub frame: Vec<Range<usize>>,
}

/// A picture file with these bytes as its profile; without one where there are none.
pub fn file(make: Make, profile: &[u8]) -> File {
    let samples = samples();
    let deep = || -> Vec<u16> { samples.iter().map(|it| u16::from(*it) * 257).collect() };
    match make {
        Make::Png | Make::DeepPng => {
            let mut out = Vec::new();
            let mut encoder = PngEncoder::new(&mut out);
            if !profile.is_empty() {
                encoder.set_icc_profile(profile.to_vec()).unwrap();
            }
            let (bytes, colour) = if make == Make::Png {
                (samples, ExtendedColorType::Rgb8)
            } else {
                let bytes = deep().iter().flat_map(|it| it.to_ne_bytes()).collect();
                (bytes, ExtendedColorType::Rgb16)
            };
            encoder.write_image(&bytes, WIDTH, HEIGHT, colour).unwrap();
            let frame = places(&out, b"iCCP").flat_map(|at| {
                let start = at - 4;
                let length = big(&out, start);
                // The head and the name, and a place in what is packed.
                [start..start + 24, at + 4..at + 4 + length]
            });
            File {
                frame: frame.collect(),
                bytes: out,
            }
        }
        Make::Jpeg => {
            let mut out = Cursor::new(Vec::new());
            let mut encoder = JpegEncoder::new_with_quality(&mut out, 95);
            encoder.set_icc_profile(profile.to_vec()).unwrap();
            encoder
                .write_image(&samples, WIDTH, HEIGHT, ExtendedColorType::Rgb8)
                .unwrap();
            let bytes = out.into_inner();
            let frame = places(&bytes, b"ICC_PROFILE\0").map(|at| at - 4..at + 14);
            File {
                frame: frame.collect(),
                bytes,
            }
        }
        Make::WebP => {
            let mut out = Vec::new();
            let mut encoder = WebPEncoder::new_lossless(&mut out);
            if !profile.is_empty() {
                encoder.set_icc_profile(profile.to_vec()).unwrap();
            }
            encoder
                .write_image(&samples, WIDTH, HEIGHT, ExtendedColorType::Rgb8)
                .unwrap();
            let head = places(&out, b"ICCP").next().map(|at| at..at + 8);
            // The length of it all and the flags, which tell of a profile.
            let frame = head.into_iter().flat_map(|head| [4..24, head]);
            File {
                frame: frame.collect(),
                bytes: out,
            }
        }
        Make::Tiff => {
            let strip: Vec<u8> = samples;
            tiff(profile, &strip, 8, &Order::Little)
        }
        Make::DeepTiff => {
            let strip: Vec<u8> = deep().iter().flat_map(|it| it.to_be_bytes()).collect();
            tiff(profile, &strip, 16, &Order::Big)
        }
        Make::Avif => super::avif::file(profile),
    }
}

/// Red, green and blue of each pixel: ramps, so that every conversion shows.
fn samples() -> Vec<u8> {
    let step = |at: u32| u8::try_from(at * 17).unwrap();
    let pixels = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
    pixels
        .flat_map(|(x, y)| [step(x), step(y), step(x.midpoint(y))])
        .collect()
}

/// Where these bytes begin.
pub fn places<'a>(bytes: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = bytes.windows(wanted.len()).enumerate();
    windows.filter_map(move |(at, window)| (window == wanted).then_some(at))
}

fn big(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap()
}

/// Which byte of a number comes first.
enum Order {
    Little,
    Big,
}

impl Order {
    fn two(&self, value: usize) -> Vec<u8> {
        let value = u16::try_from(value).unwrap();
        match self {
            Self::Little => value.to_le_bytes().to_vec(),
            Self::Big => value.to_be_bytes().to_vec(),
        }
    }

    fn four(&self, value: usize) -> Vec<u8> {
        let value = u32::try_from(value).unwrap();
        match self {
            Self::Little => value.to_le_bytes().to_vec(),
            Self::Big => value.to_be_bytes().to_vec(),
        }
    }
}

/// A TIFF of one strip; the crate's encoder takes no profile.
fn tiff(profile: &[u8], strip: &[u8], bits: usize, order: &Order) -> File {
    const SHORT: usize = 3;
    const LONG: usize = 4;
    const UNDEFINED: usize = 7;
    let (width, height) = (WIDTH as usize, HEIGHT as usize);
    let tags = if profile.is_empty() { 9 } else { 10 };
    // The head, the folder, three numbers of bits, the strip, the profile.
    let after = 8 + 2 + tags * 12 + 4;
    let (strip_at, profile_at) = (after + 6, after + 6 + strip.len());
    let mut entries = vec![
        (256, SHORT, 1, width),
        (257, SHORT, 1, height),
        (258, SHORT, 3, after),
        (259, SHORT, 1, 1),
        (262, SHORT, 1, 2),
        (273, LONG, 1, strip_at),
        (277, SHORT, 1, 3),
        (278, SHORT, 1, height),
        (279, LONG, 1, strip.len()),
    ];
    if !profile.is_empty() {
        entries.push((34675, UNDEFINED, profile.len(), profile_at));
    }
    let mut bytes = match order {
        Order::Little => b"II*\0".to_vec(),
        Order::Big => b"MM\0*".to_vec(),
    };
    bytes.extend(order.four(8));
    bytes.extend(order.two(tags));
    for (tag, kind, count, value) in entries {
        bytes.extend(order.two(tag));
        bytes.extend(order.two(kind));
        bytes.extend(order.four(count));
        if kind == SHORT && count == 1 {
            bytes.extend(order.two(value));
            bytes.extend([0; 2]);
        } else {
            bytes.extend(order.four(value));
        }
    }
    bytes.extend([0; 4]);
    for _ in 0..3 {
        bytes.extend(order.two(bits));
    }
    bytes.extend(strip);
    bytes.extend(profile);
    File {
        // The count of tags, and the profile's.
        frame: vec![4..10, after - 16..after],
        bytes,
    }
}

/// Breaks what is around the profile of a file, in one of the ways in which files get broken, or
/// are broken on purpose.
pub fn break_frame(file: &mut File, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let length = file.bytes.len();
        let frame = file.frame[dice.below(file.frame.len())].clone();
        let (from, to) = (frame.start.min(length), frame.end.min(length));
        if to < from + 4 {
            break;
        }
        match dice.below(8) {
            0 | 1 => dice.flip(&mut file.bytes, from, to),
            // A length or a count becomes an extreme one.
            2 => {
                let words: [u16; 6] = [0, 1, 2, 0x7fff, 0x8000, u16::MAX];
                let word = words[dice.below(6)];
                let at = from + dice.below(to - from - 1);
                let word = if dice.below(2) == 0 {
                    word.to_be_bytes()
                } else {
                    word.to_le_bytes()
                };
                file.bytes[at..at + 2].copy_from_slice(&word);
            }
            3 => {
                let words: [u32; 6] = [0, 1, 7, 0x7fff_ffff, 0x8000_0000, u32::MAX];
                let word = words[dice.below(6)];
                let at = from + dice.below(to - from - 3);
                let word = if dice.below(2) == 0 {
                    word.to_be_bytes()
                } else {
                    word.to_le_bytes()
                };
                file.bytes[at..at + 4].copy_from_slice(&word);
            }
            4 => file.bytes.truncate(from + dice.below(length - from)),
            // A byte is lost, or there is one more: all places are wrong after it.
            5 => {
                file.bytes.remove(from + dice.below(to - from));
            }
            6 => {
                let byte = u8::try_from(dice.below(256)).unwrap();
                file.bytes.insert(from + dice.below(to - from), byte);
            }
            // One frame over another, or over itself: chunks that come twice, in another order.
            _ => {
                let other = file.frame[dice.below(file.frame.len())].start;
                let other = other.min(length);
                let size = (to - from).min(length - other).min(64);
                file.bytes.copy_within(from..from + size, other);
            }
        }
    }
    // A wrong checksum would hide what is behind it.
    if file.bytes.starts_with(b"\x89PNG") && dice.below(4) > 0 {
        mend_checksum(&mut file.bytes);
    }
}

/// Writes the right checksum behind the profile of a PNG.
fn mend_checksum(bytes: &mut [u8]) {
    let Some(at) = places(bytes, b"iCCP").next().filter(|at| *at >= 4) else {
        return;
    };
    let end = at.saturating_add(4).saturating_add(big(bytes, at - 4));
    if end.saturating_add(4) <= bytes.len() {
        let sum = crc(&bytes[at..end]);
        bytes[end..end + 4].copy_from_slice(&sum.to_be_bytes());
    }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}
