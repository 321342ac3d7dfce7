// SPDX-License-Identifier: GPL-3.0-or-later
//! What a window shows, as a screen reader gets it: a tree of elements with roles and names.
//!
//! An [`Element`] is a copy of one moment; the window's own object is its `reference`.

use std::fmt::Write as _;

use super::bus::Reference;

/// A state that an element can be in, by its number in AT-SPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "AT-SPI's own names")]
pub enum State {
    Active = 1,
    Checked = 4,
    Editable = 7,
    Expanded = 10,
    Focusable = 11,
    Focused = 12,
    Pressed = 20,
    Selected = 23,
    Sensitive = 24,
    Showing = 25,
    Visible = 30,
}

impl State {
    /// Whether it is among those that AT-SPI tells of, 32 in a number.
    pub(super) fn is_in(self, states: &[u32]) -> bool {
        let number = self as u32;
        let half = states.get(number as usize / 32).copied();
        half.unwrap_or_default() >> (number % 32) & 1 == 1
    }
}

/// What a dump tells of an element's state; an element that can't be used is told as well.
const TOLD: &[(State, &str)] = &[
    (State::Active, "active"),
    (State::Checked, "checked"),
    (State::Expanded, "expanded"),
    (State::Focusable, "focusable"),
    (State::Focused, "focused"),
    (State::Pressed, "pressed"),
    (State::Selected, "selected"),
];

/// Something in a window.
#[derive(Clone, Debug)]
pub struct Element {
    /// The window's object.
    pub reference: Reference,
    /// What it is, in AT-SPI's words: "push button", "list item".
    pub role: String,
    /// What a screen reader calls it; of a label its text. GTK gives the name of its own class
    /// to what has none: that is left out here.
    pub name: String,
    /// What is said beyond the name.
    pub description: String,
    /// Its place in its window: x, y, width, height.
    pub extents: [i32; 4],
    /// Whether it is on the screen, or would be if one scrolled there. GTK 4.8 does not tell; see
    /// `sight`.
    pub showing: bool,
    /// What is in it.
    pub children: Vec<Self>,
    pub(super) states: u64,
}

impl Element {
    /// Whether it is in that state.
    pub fn is(&self, state: State) -> bool {
        self.states >> (state as u32) & 1 == 1
    }

    /// Whether a person can see it, and use it if it is a control.
    pub fn usable(&self) -> bool {
        self.showing && self.is(State::Sensitive)
    }

    /// Itself and all below, parents first.
    pub fn all(&self) -> Vec<&Self> {
        let mut list = vec![self];
        let mut next = 0;
        while let Some(element) = list.get(next).copied() {
            let below: Vec<_> = element.children.iter().collect();
            next += 1;
            list.splice(next..next, below);
        }
        list
    }

    /// What is read out for it: its name, or where it has none the texts of what is in it.
    pub fn label(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        self.texts().join(" ")
    }

    /// The names of what is in it, in order.
    pub fn texts(&self) -> Vec<&str> {
        let below = self.all().into_iter().skip(1);
        let names = below.filter(|one| one.showing && !one.name.is_empty());
        names.map(|one| one.name.as_str()).collect()
    }

    /// The first text in it, by which a row goes.
    pub fn title(&self) -> Option<&str> {
        // GTK 4.18 has a frame around the labels of a row in a tree, with the name of all.
        let below = self.all().into_iter().skip(1);
        let mut labels = below.filter(|one| one.showing && one.role == "label");
        match labels.next() {
            Some(label) => Some(&label.name),
            None => self.texts().first().copied(),
        }
    }

    /// The first element of that role and name which is on the screen; in the newest window first.
    pub fn find(&self, role: &str, name: &str) -> Option<&Self> {
        self.find_that(|one| one.role == role && one.goes_by(name))
    }

    /// As [`Self::find`], of elements that can be used.
    pub fn find_usable(&self, role: &str, name: &str) -> Option<&Self> {
        self.find_that(|one| one.role == role && one.usable() && one.goes_by(name))
    }

    fn find_that(&self, is_meant: impl Fn(&Self) -> bool) -> Option<&Self> {
        let is_meant = |one: &&Self| one.showing && is_meant(one);
        if self.role != "application" {
            return self.all().into_iter().find(is_meant);
        }
        let windows = self.children.iter().rev();
        windows.flat_map(Self::all).find(is_meant)
    }

    /// Whether that is its name, or stands for it: what has none goes by the first text in it, as
    /// rows of a list do, and a picture by its description.
    fn goes_by(&self, name: &str) -> bool {
        match self.role.as_str() {
            // The frame around a menu button, which can't be pressed itself.
            "button" if self.children.iter().any(|one| one.role == "button") => false,
            _ if !self.name.is_empty() => self.name == name,
            "image" => self.description == name,
            "button" => false,
            _ => self.title() == Some(name),
        }
    }

    /// Whether a text is on the screen, as part of some element's name.
    pub fn says(&self, words: &str) -> bool {
        let mut all = self.all().into_iter();
        all.any(|one| one.showing && one.name.contains(words))
    }

    /// What has the focus.
    pub fn focused(&self) -> Option<&Self> {
        let all = self.all();
        // The innermost one: a row and what is in it can both say so.
        all.into_iter().rfind(|one| one.is(State::Focused))
    }

    /// The tree as indented lines, for the text of a failure.
    pub fn dump(&self) -> String {
        let mut text = String::new();
        self.dump_into(&mut text, 0);
        text
    }

    fn dump_into(&self, text: &mut String, depth: usize) {
        let _ = write!(text, "{:1$}{2} “{3}”", "", depth * 2, self.role, self.name);
        if !self.description.is_empty() {
            let _ = write!(text, " ({})", self.description);
        }
        for (_, word) in TOLD.iter().filter(|(state, _)| self.is(*state)) {
            let _ = write!(text, " {word}");
        }
        if !self.is(State::Sensitive) {
            text.push_str(" insensitive");
        }
        if !self.showing {
            text.push_str(" hidden");
        }
        let [x, y, width, height] = self.extents;
        let _ = writeln!(text, " {x},{y} {width}×{height}");
        for child in &self.children {
            child.dump_into(text, depth + 1);
        }
    }
}

/// A name as it is meant. GTK 4.8 gives the name of its own class to what has none; of a label
/// with an underlined letter it tells the text twice, first with the underline's mark; and of what
/// is named both by itself and by its row, both names.
pub(super) fn spoken(name: &str) -> String {
    if is_class(name) {
        return String::new();
    }
    let twice = name.match_indices(' ').find_map(|(place, _)| {
        let (first, second) = (&name[..place], &name[place + 1..]);
        (first.replacen('_', "", 1).to_lowercase() == second.to_lowercase()).then_some(second)
    });
    twice.unwrap_or(name).to_owned()
}

/// Whether a name is that of a class of GTK's or libadwaita's: `GtkLabel`.
fn is_class(name: &str) -> bool {
    let rest = ["Gtk", "Adw"]
        .iter()
        .find_map(|library| name.strip_prefix(library));
    rest.is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_ascii_uppercase())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn a_name_is_what_it_is_meant_to_be() {
        assert_eq!(spoken("GtkMenuButton"), "");
        assert_eq!(spoken("Gtk"), "Gtk");
        assert_eq!(spoken("_Force Off Force Off"), "Force Off");
        assert_eq!(spoken("Keep it Keep It"), "Keep It");
        assert_eq!(spoken("Force Off"), "Force Off");
    }
}
