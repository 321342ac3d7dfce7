// SPDX-License-Identifier: GPL-3.0-or-later
//! A graph over time as a card: what it is, its value now, the lines, the most that fits in its
//! height, and how far back it reaches.

use relm4::gtk;
use relm4::gtk::prelude::*;

use super::plot::{Line, Plot};
use crate::i18n::gettext;

/// The height of the lines, in pixels.
const HEIGHT: i32 = 96;

/// One moment's text and lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// The lines, at most two.
    pub lines: Vec<Line>,
    /// The value of each line now, in words; an empty text for a line without one.
    pub now: Vec<String>,
    /// What the upper edge stands for.
    pub most: String,
    /// What the left edge stands for.
    pub begin: String,
}

/// A graph with up to two lines.
#[derive(Clone, Debug)]
pub struct Graph {
    root: gtk::Box,
    plot: Plot,
    picture: gtk::Picture,
    title: String,
    values: Vec<gtk::Label>,
    most: gtk::Label,
    begin: gtk::Label,
}

impl Graph {
    /// An empty graph of `lines` lines.
    pub fn new(title: &str, lines: usize) -> Self {
        let (plot, picture) = Plot::new(true);
        picture.set_size_request(-1, HEIGHT);
        let heading = label(title, &["heading"]);
        heading.set_hexpand(true);
        let top = gtk::Box::new(gtk::Orientation::Horizontal, 12);
        top.append(&heading);
        let values: Vec<_> = (0..lines)
            .map(|number| {
                let class = if number == 0 {
                    "first-line"
                } else {
                    "second-line"
                };
                let value = label("", &["caption", "numeric", class]);
                top.append(&value);
                value
            })
            .collect();
        let most = label("", &["caption", "dim-label", "numeric"]);
        most.set_halign(gtk::Align::Start);
        most.set_valign(gtk::Align::Start);
        most.set_margin_top(2);
        most.set_margin_start(4);
        let overlay = gtk::Overlay::builder().child(&picture).build();
        overlay.add_overlay(&most);
        let begin = label("", &["caption", "dim-label"]);
        begin.set_hexpand(true);
        let times = gtk::Box::new(gtk::Orientation::Horizontal, 12);
        times.append(&begin);
        times.append(&label(&gettext("now"), &["caption", "dim-label"]));
        let root = gtk::Box::new(gtk::Orientation::Vertical, 6);
        root.add_css_class("card");
        root.add_css_class("graph");
        root.append(&top);
        root.append(&overlay);
        root.append(&times);
        Self {
            root,
            plot,
            picture,
            title: title.to_owned(),
            values,
            most,
            begin,
        }
    }

    /// The card.
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Shows this; what is the same as before is not touched.
    pub fn show(&self, content: Content) {
        let name = accessible_name(&self.title, &content);
        self.plot.show(content.lines);
        for (label, text) in self.values.iter().zip(&content.now) {
            set_text(label, text);
        }
        set_text(&self.most, &content.most);
        set_text(&self.begin, &content.begin);
        if self.picture.alternative_text().as_deref() != Some(&name) {
            self.picture.set_alternative_text(Some(&name));
        }
    }
}

/// The graph in words, for who can't see it.
fn accessible_name(title: &str, content: &Content) -> String {
    let values: Vec<&str> = content
        .now
        .iter()
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    if values.is_empty() {
        return title.to_owned();
    }
    format!("{title}: {}", values.join(", "))
}

fn set_text(label: &gtk::Label, text: &str) {
    if label.label() != text {
        label.set_label(text);
    }
}

fn label(text: &str, classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .xalign(0.0)
        .css_classes(
            classes
                .iter()
                .copied()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_is_named_by_what_it_shows_now() {
        let mut content = Content::default();
        assert_eq!(accessible_name("Processor", &content), "Processor");
        content.now = vec!["12 %".into(), String::new()];
        assert_eq!(accessible_name("Processor", &content), "Processor: 12 %");
    }
}
