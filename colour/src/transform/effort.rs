// SPDX-License-Identifier: GPL-3.0-or-later
//! How much work an evaluation is, told apart from how long a busy machine lets it wait.
//!
//! A sound profile must not be given up because other programs have the processor. Colours are
//! evaluated in pieces, and what the quickest of them took for a colour stands for all: not each
//! piece is interrupted.

use std::time::{Duration, Instant};

/// How much work a profile may be.
pub(super) const DEADLINE: Duration = Duration::from_secs(1);

/// By the clock, all the same, so much may pass.
const CLOCK: Duration = Duration::from_secs(8);

/// A piece that took longer was interrupted, or is slow: it is done once more to see which.
const SUSPECT: Duration = Duration::from_millis(60);

/// Colours in a piece.
pub(super) const PIECE: usize = 4096;

/// The work done up to now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    begun: Instant,
    colours: usize,
    /// Of a colour, in seconds.
    least: f64,
}

impl Effort {
    pub(super) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            colours: 0,
            least: f64::INFINITY,
        }
    }

    /// Does a piece, which may be done more than once.
    pub(super) fn run(&mut self, colours: usize, mut piece: impl FnMut()) {
        let mut timed = || {
            let begun = Instant::now();
            piece();
            begun.elapsed()
        };
        let took = timed();
        let took = if took > SUSPECT {
            took.min(timed())
        } else {
            took
        };
        self.add(colours, took);
    }

    /// Adds a piece and how long it took.
    fn add(&mut self, colours: usize, took: Duration) {
        if colours > 0 {
            self.colours += colours;
            self.least = self.least.min(took.as_secs_f64() / float(colours));
        }
    }

    /// What it all would have taken without interruption.
    pub(super) fn total(&self) -> Duration {
        if self.colours == 0 {
            return Duration::ZERO;
        }
        let total = self.least * float(self.colours);
        Duration::try_from_secs_f64(total).unwrap_or(Duration::MAX)
    }

    /// Whether it is to be given up, where so much was done before.
    pub(super) fn is_too_much(&self, before: Duration) -> bool {
        self.total().saturating_add(before) > DEADLINE || self.begun.elapsed() > CLOCK
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are no 2⁵³ colours")]
fn float(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn an_interruption_is_no_work() {
        let mut effort = Effort::begin();
        for took in [MS * 900, MS * 3, MS * 700, MS * 2] {
            effort.add(PIECE, took);
        }
        assert!(effort.total() < MS * 9, "{:?}", effort.total());
        assert!(!effort.is_too_much(Duration::ZERO));
        assert!(effort.is_too_much(DEADLINE));
    }

    #[test]
    fn one_long_piece_is_looked_at_twice() {
        let mut effort = Effort::begin();
        let mut times = 0;
        effort.run(PIECE, || {
            times += 1;
            if times == 1 {
                std::thread::sleep(SUSPECT * 2);
            }
        });
        assert_eq!(times, 2);
        assert!(effort.total() < SUSPECT, "{:?}", effort.total());
    }

    #[test]
    fn what_is_slow_is_given_up() {
        let mut effort = Effort::begin();
        effort.add(PIECE, MS * 600);
        assert!(!effort.is_too_much(Duration::ZERO));
        effort.add(PIECE, MS * 650);
        assert!(effort.is_too_much(Duration::ZERO));
    }
}
