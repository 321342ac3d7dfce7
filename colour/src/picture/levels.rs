// SPDX-License-Identifier: GPL-3.0-or-later
//! Parts of a large picture at any zoom, in time that depends on the part alone.
//!
//! The picture is kept in halves: each level has half the width and height of the one before. A
//! part is taken from the level that is a little larger than what is wanted.

use super::{Picture, Pixels};

/// A picture of 8 bits a channel with its halves.
#[derive(Debug)]
pub struct Levels {
    levels: Vec<Level>,
    /// Whether any pixel is not opaque.
    see_through: bool,
}

#[derive(Debug)]
struct Level {
    width: usize,
    height: usize,
    /// Red, green, blue, alpha.
    rgba: Vec<[u8; 4]>,
}

/// A part of a zoomed picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// From the left.
    pub x: usize,
    /// From the top.
    pub y: usize,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
}

/// From this zoom on, pixels are shown as squares.
const SQUARES: f64 = 2.0;

impl Levels {
    /// The levels of a picture. Values of 16 bits are rounded to 8.
    pub fn new(picture: Picture) -> Self {
        let rgba = match picture.pixels {
            Pixels::Eight(bytes) => bytes.as_chunks::<4>().0.to_vec(),
            Pixels::Sixteen(pixels) => pixels.into_iter().map(|it| it.map(eight)).collect(),
        };
        let see_through = rgba.iter().any(|pixel| pixel[3] != u8::MAX);
        let mut levels = vec![Level {
            width: picture.width,
            height: picture.height,
            rgba,
        }];
        while let Some(half) = levels.last().and_then(|level| level.half(see_through)) {
            levels.push(half);
        }
        Self {
            levels,
            see_through,
        }
    }

    /// The width and height of the whole picture.
    pub fn size(&self) -> (usize, usize) {
        self.levels
            .first()
            .map_or((0, 0), |level| (level.width, level.height))
    }

    /// The colours (red, green, blue, alpha) of a part of the picture at a zoom; `zoom` is the
    /// number of wanted pixels for one of the picture's. What lies outside repeats the edge.
    pub fn part(&self, zoom: f64, part: Part) -> Vec<u8> {
        let mut number = 0;
        let mut scale = zoom;
        while scale <= 0.5 && number + 1 < self.levels.len() {
            number += 1;
            scale *= 2.0;
        }
        let Some(level) = self.levels.get(number) else {
            return Vec::new();
        };
        // The halves of odd sides are a little more than halves.
        let (width, height) = self.size();
        let scales = [
            zoom * as_f64(width) / as_f64(level.width),
            zoom * as_f64(height) / as_f64(level.height),
        ];
        let squares = zoom >= SQUARES;
        let columns = taps(part.x, part.width, scales[0], level.width, squares);
        let rows = taps(part.y, part.height, scales[1], level.height, squares);
        let mut out = Vec::with_capacity(part.width * part.height * 4);
        for row in &rows {
            let [upper, lower] = [row.first, row.second].map(|y| level.row(y));
            for column in &columns {
                let pixels = [
                    upper[column.first],
                    upper[column.second],
                    lower[column.first],
                    lower[column.second],
                ];
                let (right, down) = (column.weight, row.weight);
                let weights = [
                    (256 - right) * (256 - down),
                    right * (256 - down),
                    (256 - right) * down,
                    right * down,
                ];
                out.extend(mix(pixels, weights, self.see_through));
            }
        }
        out
    }
}

impl Level {
    fn row(&self, y: usize) -> &[[u8; 4]] {
        let begin = y * self.width;
        &self.rgba[begin..begin + self.width]
    }

    /// Half of it; `None` where that would be of no use.
    fn half(&self, see_through: bool) -> Option<Self> {
        if self.width.max(self.height) <= 64 {
            return None;
        }
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut rgba = Vec::with_capacity(width * height);
        for y in 0..height {
            let upper = self.row(y * 2);
            let lower = self.row((y * 2 + 1).min(self.height - 1));
            for x in 0..width {
                let (left, right) = (x * 2, (x * 2 + 1).min(self.width - 1));
                let pixels = [upper[left], upper[right], lower[left], lower[right]];
                rgba.push(mix(pixels, [1 << 14; 4], see_through));
            }
        }
        Some(Self {
            width,
            height,
            rgba,
        })
    }
}

/// Which two pixels along an axis make one, and how much of the second, in 256ths.
struct Tap {
    first: usize,
    second: usize,
    weight: u32,
}

fn taps(from: usize, count: usize, scale: f64, length: usize, squares: bool) -> Vec<Tap> {
    (from..from + count)
        .map(|at| {
            let place = (as_f64(at) + 0.5) / scale;
            if squares {
                let first = cut(place, length);
                return Tap {
                    first,
                    second: first,
                    weight: 0,
                };
            }
            let place = (place - 0.5).max(0.0);
            let first = cut(place, length);
            let weight = ((place - place.floor()) * 256.0).round();
            Tap {
                first,
                second: (first + 1).min(length - 1),
                weight: small(weight),
            }
        })
        .collect()
}

/// The mean of four pixels; the weights add up to 2¹⁶. Where alpha counts, a pixel that can't be
/// seen lends no colour.
fn mix(pixels: [[u8; 4]; 4], weights: [u32; 4], see_through: bool) -> [u8; 4] {
    let alpha: u32 = sum(pixels, weights, 3);
    let alpha_byte = byte(alpha);
    if !see_through {
        let [red, green, blue] = [0, 1, 2].map(|part| byte(sum(pixels, weights, part)));
        return [red, green, blue, alpha_byte];
    }
    let mut parts = [0, 0, 0, alpha_byte];
    if alpha > 0 {
        for (index, part) in parts.iter_mut().take(3).enumerate() {
            let weighted: u64 = pixels
                .iter()
                .zip(weights)
                .map(|(pixel, weight)| {
                    u64::from(pixel[index]) * u64::from(pixel[3]) * u64::from(weight)
                })
                .sum();
            let mean = (weighted + u64::from(alpha) / 2) / u64::from(alpha);
            *part = u8::try_from(mean).unwrap_or(u8::MAX);
        }
    }
    parts
}

fn sum(pixels: [[u8; 4]; 4], weights: [u32; 4], part: usize) -> u32 {
    pixels
        .iter()
        .zip(weights)
        .map(|(pixel, weight)| u32::from(pixel[part]) * weight)
        .sum()
}

fn byte(sum: u32) -> u8 {
    u8::try_from((sum + (1 << 15)) >> 16).unwrap_or(u8::MAX)
}

fn eight(value: u16) -> u8 {
    u8::try_from((u32::from(value) + 128) / 257).unwrap_or(u8::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a picture has no 2⁵³ pixels")]
fn as_f64(value: usize) -> f64 {
    value as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and cut to the length"
)]
fn cut(place: f64, length: usize) -> usize {
    (place as usize).min(length - 1)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 256"
)]
fn small(weight: f64) -> u32 {
    weight as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Format, Tag};

    fn levels(width: usize, height: usize, at: impl Fn(usize, usize) -> [u8; 4]) -> Levels {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Levels::new(Picture {
            width,
            height,
            pixels: Pixels::Eight(pixels.flat_map(|(x, y)| at(x, y)).collect()),
            tag: Tag::None,
            format: Format::Png,
        })
    }

    fn part(x: usize, y: usize, width: usize, height: usize) -> Part {
        Part {
            x,
            y,
            width,
            height,
        }
    }

    #[test]
    fn at_its_own_size_it_is_what_it_is() {
        let it = levels(7, 5, |x, y| {
            [x, y, x * y, 255].map(|value| u8::try_from(value).unwrap_or(0))
        });
        assert_eq!(
            it.part(1.0, part(2, 1, 2, 2)),
            [2, 1, 2, 255, 3, 1, 3, 255, 2, 2, 4, 255, 3, 2, 6, 255]
        );
        // Twice as large: squares.
        assert_eq!(it.part(2.0, part(2, 0, 2, 1)), [1, 0, 0, 255, 1, 0, 0, 255]);
    }

    #[test]
    fn small_ones_are_means() {
        let it = levels(
            301,
            201,
            |x, _| if x % 2 == 0 { [255; 4] } else { [0, 0, 0, 255] },
        );
        let all = it.part(1.0 / 16.0, part(0, 0, 18, 12));
        for pixel in all.as_chunks::<4>().0 {
            assert!((120..=136).contains(&pixel[0]), "{pixel:?}");
        }
    }

    #[test]
    fn what_cannot_be_seen_lends_no_colour() {
        let it = levels(130, 130, |x, _| {
            if x % 2 == 0 {
                [200, 10, 10, 255]
            } else {
                [0; 4]
            }
        });
        let all = it.part(0.25, part(4, 4, 4, 4));
        for pixel in all.as_chunks::<4>().0 {
            assert_eq!(&pixel[..3], [200, 10, 10]);
            assert!((126..=129).contains(&pixel[3]));
        }
    }
}
