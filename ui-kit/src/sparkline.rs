// SPDX-License-Identifier: GPL-3.0-or-later
//! A line as small as a word, for lists: how something went, without axes and numbers.

use relm4::gtk;
use relm4::gtk::prelude::*;

use super::plot::{Line, Plot, Point};

/// A sparkline. Clones are the same widget.
#[derive(Clone, Debug)]
pub struct Sparkline {
    plot: Plot,
    picture: gtk::Picture,
    slots: usize,
}

impl Sparkline {
    /// An empty one with room for `slots` values (at least 2) in its width; of more, the last are
    /// shown, and fewer stand at the right.
    pub fn new(slots: usize) -> Self {
        let (plot, picture) = Plot::new(false);
        picture.set_size_request(64, 20);
        picture.set_valign(gtk::Align::Center);
        Self {
            plot,
            picture,
            slots: slots.max(2),
        }
    }

    /// The widget.
    pub fn widget(&self) -> &gtk::Picture {
        &self.picture
    }

    /// Shows these values, each from 0 to 1, oldest first; `name` says the same for who can't see
    /// it ("Processor: 12 %"). It is drawn again only if something differs.
    pub fn set(&self, values: impl IntoIterator<Item = f32>, name: &str) {
        let values: Vec<f32> = values.into_iter().collect();
        self.plot
            .show(vec![Line(vec![points(&values, self.slots)])]);
        if self.picture.alternative_text().as_deref() != Some(name) {
            self.picture.set_alternative_text(Some(name));
        }
    }
}

/// The last of the values, the newest at the right edge.
fn points(values: &[f32], slots: usize) -> Vec<Point> {
    let values = &values[values.len().saturating_sub(slots)..];
    #[allow(
        clippy::cast_precision_loss,
        reason = "there are some hundreds of them"
    )]
    let from_right = |places: usize| 1.0 - places as f32 / (slots - 1) as f32;
    let count = values.len();
    values
        .iter()
        .enumerate()
        .map(|(place, value)| (from_right(count - 1 - place), *value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::points;

    #[test]
    fn the_newest_is_at_the_right_and_the_oldest_falls_out() {
        assert_eq!(points(&[0.5], 3), [(1.0, 0.5)]);
        assert_eq!(
            points(&[0.9, 0.1, 0.2, 0.3], 3),
            [(0.0, 0.1), (0.5, 0.2), (1.0, 0.3)]
        );
        assert!(points(&[], 3).is_empty());
    }
}
