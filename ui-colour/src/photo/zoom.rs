// SPDX-License-Identifier: GPL-3.0-or-later
//! How large a photo is shown, and which part of it is painted: without a widget.

/// The zooms that the keys go through.
const ZOOMS: [f64; 13] = [
    0.05, 0.1, 0.17, 0.25, 0.33, 0.5, 0.67, 1.0, 1.5, 2.0, 4.0, 8.0, 16.0,
];

/// How large a photo is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Zoom {
    /// As large as the window allows, but no larger than it is.
    #[default]
    Fit,
    /// Pixels of the screen for one of the photo's.
    By(f64),
}

/// A change of the zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Larger.
    In,
    /// Smaller.
    Out,
    /// As the window allows.
    Fit,
    /// Pixel by pixel.
    Whole,
}

impl Zoom {
    /// The number, for a photo and a place of these sizes in pixels of the screen.
    pub fn number(self, photo: (f64, f64), place: (f64, f64)) -> f64 {
        match self {
            Self::By(zoom) => zoom,
            Self::Fit => (place.0 / photo.0).min(place.1 / photo.1).clamp(0.001, 1.0),
        }
    }

    /// After a step from a number.
    pub fn step(now: f64, step: Step) -> Self {
        match step {
            Step::Fit => Self::Fit,
            Step::Whole => Self::By(1.0),
            Step::In => {
                let next = ZOOMS.iter().find(|zoom| **zoom > now * 1.01);
                Self::By(next.copied().unwrap_or(now))
            }
            Step::Out => {
                let next = ZOOMS.iter().rev().find(|zoom| **zoom < now * 0.99);
                Self::By(next.copied().unwrap_or(now))
            }
        }
    }
}

/// What is to be painted so that moving a little needs no new painting: what is in sight, and half
/// as much around it. Along one axis: from, in sight, whole.
pub fn around(from: f64, seen: f64, whole: f64) -> (usize, usize) {
    let begin = (from - seen / 2.0).floor().clamp(0.0, whole);
    let end = (from + seen * 1.5).ceil().clamp(begin, whole);
    (number(begin), number(end - begin))
}

/// A number of pixels.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float becomes the nearest number there is"
)]
pub fn number(value: f64) -> usize {
    value.round() as usize
}

/// A number of pixels, to reckon with.
#[expect(clippy::cast_precision_loss, reason = "no photo has 2⁵³ pixels")]
pub fn float(value: usize) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zoom_goes_in_steps_and_fits() {
        let fit = Zoom::Fit.number((4000.0, 2000.0), (1000.0, 1000.0));
        assert!((fit - 0.25).abs() < 1e-9);
        let small = Zoom::Fit.number((10.0, 10.0), (1000.0, 1000.0));
        assert!((small - 1.0).abs() < 1e-9);
        assert_eq!(Zoom::step(1.0, Step::In), Zoom::By(1.5));
        assert_eq!(Zoom::step(0.3, Step::Out), Zoom::By(0.25));
        assert_eq!(Zoom::step(16.0, Step::In), Zoom::By(16.0));
    }

    #[test]
    fn what_is_painted_stays_inside() {
        assert_eq!(around(0.0, 100.0, 1000.0), (0, 150));
        assert_eq!(around(900.0, 100.0, 1000.0), (850, 150));
        assert_eq!(around(0.0, 100.0, 80.0), (0, 80));
    }
}
