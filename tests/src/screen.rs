// SPDX-License-Identifier: GPL-3.0-or-later
//! What is on the screen, pixel by pixel.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, Window};
use x11rb::rust_connection::RustConnection;

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
}
