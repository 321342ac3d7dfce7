// SPDX-License-Identifier: GPL-3.0-or-later
//! What is on the screen, pixel by pixel: its colours, and what a person makes of their brightness.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use oriel_colour::picture::{Format, Picture, Pixels as Samples, Tag};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, Window};
use x11rb::rust_connection::RustConnection;

/// By how much the brightness of a pixel must differ to count as changed: what is drawn anew at the
/// same place may be off by a little.
const DIFFERENCE: u8 = 40;

/// The brightness from which on a pixel is paper, and up to which it is ink.
const PAPER: u8 = 200;
const INK: u8 = 140;

/// The share of a row's pixels that must be paper, in percent.
const MOSTLY: usize = 55;

/// A part of the screen: x, y, width, height.
pub type Part = [i32; 4];

/// A connection to an X server, to look at its root window.
#[derive(Debug)]
pub struct Screen {
    connection: RustConnection,
    root: Window,
}

/// Pixels in rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Red, green, blue of each.
    pub all: Vec<[u8; 3]>,
    /// How many there are in a row.
    pub width: usize,
}

impl Screen {
    /// Connects.
    pub fn new(display: &str) -> Self {
        let (connection, screen) = x11rb::connect(Some(display)).unwrap();
        let root = connection.setup().roots[screen].root;
        Self { connection, root }
    }

    /// All that is on it now.
    #[track_caller]
    pub fn all(&self) -> Pixels {
        let size = self.connection.get_geometry(self.root).unwrap();
        let size = size.reply().unwrap();
        self.pixels([0, 0, size.width.into(), size.height.into()])
    }

    /// The pixels of a part that lies on the screen.
    #[track_caller]
    pub fn pixels(&self, [x, y, width, height]: Part) -> Pixels {
        let image = self
            .connection
            .get_image(
                ImageFormat::Z_PIXMAP,
                self.root,
                i16::try_from(x).unwrap(),
                i16::try_from(y).unwrap(),
                u16::try_from(width).unwrap(),
                u16::try_from(height).unwrap(),
                u32::MAX,
            )
            .unwrap()
            .reply()
            .unwrap();
        // Both servers of the tests have 24 bits in 32, blue first.
        let (words, _) = image.data.as_chunks::<4>();
        Pixels {
            all: words.iter().map(|[b, g, r, _]| [*r, *g, *b]).collect(),
            width: usize::try_from(width).unwrap(),
        }
    }

    /// Looks again and again until a part is as it should be, and tells how long that took.
    ///
    /// # Panics
    ///
    /// Where it does not come to that in time.
    #[track_caller]
    pub fn await_that(
        &self,
        what: &str,
        part: Part,
        patience: Duration,
        is_so: impl Fn(&Pixels) -> bool,
    ) -> Duration {
        let since = Instant::now();
        loop {
            if is_so(&self.pixels(part)) {
                return since.elapsed();
            }
            assert!(
                since.elapsed() < patience,
                "{what}: not so after {patience:?}"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Pixels {
    /// A picture in a file.
    ///
    /// # Panics
    ///
    /// Where ImageMagick can't read it.
    #[track_caller]
    pub fn of_file(path: &Path) -> Self {
        let mut command = Command::new("convert");
        command.arg(path).args(["-depth", "8", "ppm:-"]);
        let out = command.output().unwrap();
        assert!(out.status.success(), "{out:?}");
        Self::of_ppm(&out.stdout)
    }

    /// From a binary PPM: `P6`, width, height, the most, each followed by white space.
    fn of_ppm(bytes: &[u8]) -> Self {
        let mut rest = bytes;
        let mut numbers = Vec::new();
        for _ in 0..4 {
            let end = rest.iter().position(u8::is_ascii_whitespace).unwrap();
            numbers.push(String::from_utf8_lossy(&rest[..end]).parse().unwrap_or(0));
            rest = &rest[end + 1..];
        }
        let (pixels, left) = rest.as_chunks::<3>();
        assert!(left.is_empty() && pixels.len() == numbers[1] * numbers[2]);
        Self {
            all: pixels.to_vec(),
            width: numbers[1],
        }
    }

    /// Writes them as a PNG.
    ///
    /// # Panics
    ///
    /// Where it can't be written.
    #[track_caller]
    pub fn write(&self, path: &Path) {
        let opaque = self.all.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]);
        let picture = Picture {
            width: self.width,
            height: self.height(),
            pixels: Samples::Eight(opaque.collect()),
            tag: Tag::None,
            format: Format::Png,
        };
        fs::write(path, picture.to_png().unwrap()).unwrap();
    }

    /// How many rows there are.
    pub fn height(&self) -> usize {
        self.all.len() / self.width
    }

    /// Whether each pixel became what `way` makes of it, to within a step or two, where its
    /// neighbours are like it: at edges the toolkit mixes colours when it scales.
    pub fn became(&self, after: &Self, way: impl Fn([u8; 3]) -> [u8; 3]) -> bool {
        let (mut flat, mut right) = (0_usize, 0_usize);
        for index in self.width + 1..self.all.len().saturating_sub(self.width + 1) {
            let here = self.all[index];
            let around = [index - 1, index + 1, index - self.width, index + self.width];
            if around.iter().any(|other| self.all[*other] != here) {
                continue;
            }
            flat += 1;
            let wanted = way(here);
            let near = after.all[index]
                .iter()
                .zip(wanted)
                .all(|(a, b)| a.abs_diff(b) <= 2);
            right += usize::from(near);
        }
        // A pixel in a thousand may be where two flat parts meet at a fraction of a pixel.
        flat > 1000 && right * 1000 >= flat * 999
    }

    /// How many different colours there are.
    pub fn colours(&self) -> usize {
        let mut all = self.all.clone();
        all.sort_unstable();
        all.dedup();
        all.len()
    }

    /// The pixels of a row of a part, as far as they are in the picture.
    fn row(&self, [x, _, width, _]: Part, row: i32) -> &[[u8; 3]] {
        let clamp = |value: i32, most: usize| usize::try_from(value).unwrap_or(0).min(most);
        let (begin, end) = (clamp(x, self.width), clamp(x + width, self.width));
        let row = clamp(row, self.height() - 1);
        &self.all[row * self.width + begin..row * self.width + end]
    }

    /// How many pixels of a part differ in brightness from another picture of the same size.
    pub fn changed(&self, other: &Self, part: Part) -> usize {
        let rows = part[1]..part[1] + part[3];
        let rows = rows.map(|row| (self.row(part, row), other.row(part, row)));
        // Nearly all are the same.
        let rows = rows.filter(|(ours, theirs)| ours != theirs);
        let pairs = rows.flat_map(|(ours, theirs)| ours.iter().zip(theirs));
        let differ =
            pairs.filter(|(one, two)| brightness(**one).abs_diff(brightness(**two)) > DIFFERENCE);
        differ.count()
    }

    /// How many lines of dark text on light paper there are in a part, one below the other.
    pub fn lines_of_text(&self, part: Part) -> usize {
        let mut lines = 0;
        let mut after_blank = false;
        for row in part[1]..part[1] + part[3] {
            let points: Vec<_> = self
                .row(part, row)
                .iter()
                .copied()
                .map(brightness)
                .collect();
            let paper = points.iter().filter(|point| **point >= PAPER).count();
            let has_ink = points.iter().any(|point| *point <= INK);
            if paper * 100 < points.len() * MOSTLY {
                // No paper: a frame, or something else altogether.
                after_blank = false;
            } else if !has_ink {
                after_blank = true;
            } else if after_blank {
                lines += 1;
                after_blank = false;
            }
        }
        lines
    }
}

/// How bright a pixel is, by the weights of Rec. 709.
fn brightness([red, green, blue]: [u8; 3]) -> u8 {
    let [red, green, blue] = [red, green, blue].map(u32::from);
    u8::try_from((54 * red + 183 * green + 19 * blue) >> 8).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(rows: &[&[u8]]) -> Pixels {
        let mut bytes = format!("P6\n{} {}\n255\n", rows[0].len(), rows.len()).into_bytes();
        bytes.extend(rows.iter().copied().flatten().flat_map(|grey| [*grey; 3]));
        Pixels::of_ppm(&bytes)
    }

    #[test]
    fn lines_are_ink_on_paper_with_blanks_between() {
        let (blank, text, dark) = ([255u8; 8], [255, 0, 255, 255, 255, 60, 255, 255], [9; 8]);
        let page = picture(&[
            &dark, &text, &blank, &text, &text, &blank, &text, &dark, &text,
        ]);
        assert_eq!(page.lines_of_text([0, 0, 8, 9]), 2);
        assert_eq!(page.lines_of_text([6, 0, 2, 9]), 0);
    }

    #[test]
    fn only_what_changed_in_the_part_counts() {
        let one = picture(&[&[0, 0, 0], &[0, 0, 0]]);
        let two = picture(&[&[0, 99, 0], &[20, 0, 99]]);
        assert_eq!(one.changed(&two, [0, 0, 3, 2]), 2);
        assert_eq!(one.changed(&two, [0, 1, 2, 1]), 0);
    }
}
