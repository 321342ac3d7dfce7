// SPDX-License-Identifier: GPL-3.0-or-later
//! What a person sees: the brightness of each point of the screen, or of a picture.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::path::Path;
use std::process::Command;

/// By how much a point must differ to count as changed: what is drawn anew at the same place may
/// be off by a little.
const DIFFERENCE: u8 = 40;

/// The brightness from which on a point is paper, and up to which it is ink.
const PAPER: u8 = 200;
const INK: u8 = 140;

/// The share of a row's points that must be paper, in percent.
const MOSTLY: usize = 55;

/// A picture in grey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Its width and height.
    pub size: [usize; 2],
    grey: Vec<u8>,
}

impl Screen {
    /// What is on a display now.
    ///
    /// # Panics
    ///
    /// Where ImageMagick can't tell.
    #[track_caller]
    pub fn of_display(name: &str) -> Self {
        let mut command = Command::new("import");
        command.env("DISPLAY", name);
        Self::by(command.args(["-silent", "-window", "root"]))
    }

    /// A picture in a file.
    ///
    /// # Panics
    ///
    /// Where ImageMagick can't read it.
    #[track_caller]
    pub fn of_file(path: &Path) -> Self {
        Self::by(Command::new("convert").arg(path))
    }

    #[track_caller]
    fn by(command: &mut Command) -> Self {
        let out = command
            .args(["-colorspace", "Gray", "-depth", "8", "pgm:-"])
            .output()
            .unwrap();
        assert!(out.status.success(), "{out:?}");
        Self::of_pgm(&out.stdout)
    }

    /// From a binary PGM: `P5`, width, height, the most, each followed by white space.
    fn of_pgm(bytes: &[u8]) -> Self {
        let mut rest = bytes;
        let mut numbers = Vec::new();
        for _ in 0..4 {
            let end = rest.iter().position(u8::is_ascii_whitespace).unwrap();
            numbers.push(String::from_utf8_lossy(&rest[..end]).parse().unwrap_or(0));
            rest = &rest[end + 1..];
        }
        let size = [numbers[1], numbers[2]];
        assert_eq!(rest.len(), size[0] * size[1], "{numbers:?}");
        Self {
            size,
            grey: rest.to_vec(),
        }
    }

    /// The points of a row of a part (x, y, width, height), as far as they are in the picture.
    fn row(&self, [x, _, width, _]: [i32; 4], row: i32) -> &[u8] {
        let clamp = |value: i32, most: usize| usize::try_from(value).unwrap_or(0).min(most);
        let [wide, high] = self.size;
        let (begin, end) = (clamp(x, wide), clamp(x + width, wide));
        let row = clamp(row, high - 1);
        &self.grey[row * wide + begin..row * wide + end]
    }

    /// How many points of a part differ from another picture of the same size.
    pub fn changed(&self, other: &Self, part: [i32; 4]) -> usize {
        let rows = part[1]..part[1] + part[3];
        let rows = rows.map(|row| (self.row(part, row), other.row(part, row)));
        // Nearly all are the same.
        let rows = rows.filter(|(ours, theirs)| ours != theirs);
        let points = rows.flat_map(|(ours, theirs)| ours.iter().zip(theirs));
        let differ = points.filter(|(one, two)| one.abs_diff(**two) > DIFFERENCE);
        differ.count()
    }

    /// How many lines of dark text on light paper there are in a part, one below the other.
    pub fn lines_of_text(&self, part: [i32; 4]) -> usize {
        let mut lines = 0;
        let mut after_blank = false;
        for row in part[1]..part[1] + part[3] {
            let points = self.row(part, row);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(rows: &[&[u8]]) -> Screen {
        let mut bytes = format!("P5\n{} {}\n255\n", rows[0].len(), rows.len()).into_bytes();
        bytes.extend(rows.iter().copied().flatten());
        Screen::of_pgm(&bytes)
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
