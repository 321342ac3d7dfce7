// SPDX-License-Identifier: GPL-3.0-or-later
//! Three curves in a square: tone curves, and the calibration for the graphics card.

use relm4::gtk::cairo;

use super::drawing::{Canvas, use_colour};

/// The styles of red, green and blue: a colour's name, and dashes, so that nobody has to tell
/// them apart by colour. Those that lie below are drawn first and whole.
const STYLES: [(&str, &[f64]); 3] = [
    ("red_3", &[]),
    ("green_5", &[8.0, 8.0]),
    ("blue_3", &[3.0, 5.0]),
];

/// What is left free on all sides, in pixels.
const MARGIN: f64 = 6.0;

/// Three curves, each with values (0 to 1) at equal distances.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves(pub [Vec<f64>; 3]);

impl Curves {
    /// Draws them.
    pub fn draw(&self, canvas: &Canvas<'_>) {
        // A surface that can't be drawn to shows nothing; there is nobody to tell.
        let _ = self.lines(canvas);
    }

    fn lines(&self, canvas: &Canvas<'_>) -> Result<(), cairo::Error> {
        let context = canvas.cairo();
        let text = canvas.text_colour();
        let (width, height) = (canvas.width - 2.0 * MARGIN, canvas.height - 2.0 * MARGIN);
        let at = |x: f64, y: f64| {
            (
                MARGIN + x * width,
                MARGIN + (1.0 - y.clamp(0.0, 1.0)) * height,
            )
        };
        use_colour(&context, &text, 0.12);
        context.set_line_width(1.0);
        for quarter in 0..=4 {
            let part = f64::from(quarter) / 4.0;
            let (x, y) = at(part, part);
            let (x, y) = (x.round() + 0.5, y.round() + 0.5);
            context.move_to(x, MARGIN);
            context.line_to(x, MARGIN + height);
            context.move_to(MARGIN, y);
            context.line_to(MARGIN + width, y);
        }
        context.stroke()?;
        // What would change nothing.
        context.move_to(MARGIN, MARGIN + height);
        context.line_to(MARGIN + width, MARGIN);
        use_colour(&context, &text, 0.3);
        context.stroke()?;
        context.set_line_join(cairo::LineJoin::Round);
        context.set_line_width(2.0);
        for (curve, (colour, dashes)) in self.0.iter().zip(STYLES) {
            let last = curve.len().saturating_sub(1).max(1);
            context.set_dash(dashes, 0.0);
            use_colour(&context, &canvas.colour(colour), 1.0);
            for (index, value) in curve.iter().enumerate() {
                #[allow(clippy::cast_precision_loss, reason = "some hundreds of points")]
                let (x, y) = at(index as f64 / last as f64, *value);
                context.line_to(x, y);
            }
            context.stroke()?;
        }
        Ok(())
    }
}
