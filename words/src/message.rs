// SPDX-License-Identifier: GPL-3.0-or-later
//! What the engine says: texts with names, and the values in them.
//!
//! The engine has no language. A [`Text`] is a sentence or a phrase in plain English with named
//! places (`{name}`); each stands in a table made by `texts!`. A [`Message`] is a text with its
//! values. The command line prints it as it is, a window translates every text in it
//! ([`Message::translated`]), and a log keeps its name.

use std::fmt;

/// A text that the engine can say.
#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    /// Its name, which does not change: "disk-full".
    pub id: &'static str,
    /// The English text; `{name}` is a place for a value.
    pub text: &'static str,
}

/// A text with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    text: &'static Text,
    values: Vec<(&'static str, Value)>,
}

/// What fills a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A name, a path, a number or somebody else's words, in no language of ours.
    Verbatim(String),
    /// Another message.
    Message(Message),
}

/// Somebody else's words.
const VERBATIM: &Text = &Text {
    id: "verbatim",
    text: "{name}",
};

/// Marks a text that is translated where it is shown.
pub const fn mark(text: &'static str) -> &'static str {
    text
}

/// A table of texts: a constant for each, and the list of all. A text that a window shows stands in
/// `mark(...)`, which is what the extraction of texts for translators looks for; one for the
/// command line alone does not.
#[macro_export]
macro_rules! texts {
    ($(#[$about:meta])* $list:ident; $($(#[$note:meta])* $name:ident = $id:literal, $text:expr;)*) => {
        $(
            $(#[$note])*
            pub(crate) const $name: &$crate::message::Text = &$crate::message::Text {
                id: $id,
                text: $text,
            };
        )*
        $(#[$about])*
        pub(crate) const $list: &[&$crate::message::Text] = &[$($name),*];
    };
}
pub use crate::texts;

impl Text {
    /// The text with a value in one of its places.
    pub fn with(&'static self, place: &'static str, value: impl Into<Value>) -> Message {
        Message::from(self).with(place, value)
    }

    /// The text with a value in its place `{name}`.
    pub fn named(&'static self, name: impl Into<Value>) -> Message {
        self.with("name", name)
    }
}

impl Message {
    /// The message with a value in one more of its places.
    #[must_use]
    pub fn with(mut self, place: &'static str, value: impl Into<Value>) -> Self {
        self.values.push((place, value.into()));
        self
    }

    /// Somebody else's words and nothing of ours.
    pub fn verbatim(words: impl Into<String>) -> Self {
        VERBATIM.named(words.into())
    }

    /// The name of its text.
    pub fn id(&self) -> &'static str {
        self.text.id
    }

    /// Its text.
    pub fn text(&self) -> &'static Text {
        self.text
    }

    /// The messages in its places.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        self.values.iter().filter_map(|(_, value)| match value {
            Value::Message(message) => Some(message),
            Value::Verbatim(_) => None,
        })
    }

    /// The message in another language: `translate` gets every text in it.
    pub fn translated(&self, translate: &dyn Fn(&'static str) -> String) -> String {
        fill(&translate(self.text.text), |place| {
            let (_, value) = self.values.iter().find(|(name, _)| *name == place)?;
            Some(match value {
                Value::Verbatim(text) => text.clone(),
                Value::Message(message) => message.translated(translate),
            })
        })
    }
}

/// The message in English.
impl fmt::Display for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.translated(&str::to_owned))
    }
}

impl From<&'static Text> for Message {
    fn from(text: &'static Text) -> Self {
        Self {
            text,
            values: Vec::new(),
        }
    }
}

impl From<&Self> for Message {
    fn from(message: &Self) -> Self {
        message.clone()
    }
}

/// As its English text.
impl serde::Serialize for Message {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<&'static Text> for Value {
    fn from(text: &'static Text) -> Self {
        Self::Message(text.into())
    }
}

impl From<Message> for Value {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl From<&Message> for Value {
    fn from(message: &Message) -> Self {
        Self::Message(message.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Verbatim(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Verbatim(text.clone())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Verbatim(text.to_owned())
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => {
        $(impl From<$kind> for Value {
            fn from(number: $kind) -> Self {
                Self::Verbatim(number.to_string())
            }
        })*
    };
}
numbers!(u32, u64, usize);

/// Fills the places of a text: `{name}` becomes what `value` gives for it, and stays where that is
/// nothing. A value is not filled again.
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let place = from
            .find('}')
            .and_then(|close| Some((value(&from[1..close])?, close + 1)));
        if let Some((value, length)) = place {
            filled.push_str(&value);
            rest = &from[length..];
        } else {
            filled.push('{');
            rest = &from[1..];
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    texts! {
        TABLE;
        OUTER = "outer", "{why} That was “{name}”.";
        INNER = "inner", "“{name}” is full.";
    }

    #[test]
    fn places_are_filled_by_name_and_values_are_not_filled_again() {
        let message = OUTER.named("{why}").with("why", INNER.named("disk"));
        assert_eq!(message.to_string(), "“disk” is full. That was “{why}”.");
        assert_eq!(
            message.parts().map(Message::id).collect::<Vec<_>>(),
            ["inner"]
        );
        assert_eq!(TABLE.len(), 2);
    }

    #[test]
    fn every_text_in_it_is_translated_and_no_value() {
        let shout = |text: &'static str| text.replace("is full", "IST VOLL").replace("That", "DAS");
        let message = OUTER.named("That").with("why", INNER.named("is full"));
        assert_eq!(
            message.translated(&shout),
            "“is full” IST VOLL. DAS was “That”."
        );
    }

    #[test]
    fn unknown_places_and_lone_braces_stay() {
        let text = fill("{c} { } {", |place| (place == "a").then(|| "1".into()));
        assert_eq!(text, "{c} { } {");
    }
}
