// SPDX-License-Identifier: GPL-3.0-or-later
//! Translation of what the window shows.
//!
//! Every text that a person sees goes through [`gettext`], or through [`gettext_f`] where
//! something is put into it, or [`ngettext_f`] where it goes by a number. Texts are found in the
//! source by those names: the first argument holds the text itself, also in the arms of a `match`;
//! a text that is kept first and translated later stands in [`mark`]. What the engine says comes as
//! [`Message`]s, and goes through [`said`].

use std::path::PathBuf;

pub use gettextrs::gettext;
use oriel_words::message::{self, Message};

/// The name of our catalogue.
const DOMAIN: &str = "oriel";

/// Where catalogues are if there are none beside the program, unless the build says otherwise.
const LOCALES: &str = match option_env!("LOCALEDIR") {
    Some(folder) => folder,
    None => "/usr/share/locale",
};

/// Where catalogues are: below the prefix that the program itself is in, so that it can be
/// installed anywhere and runs from the build's folder.
fn locales() -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|own| {
        let locales = own.parent()?.parent()?.join("share/locale");
        locales.is_dir().then_some(locales)
    });
    beside.unwrap_or_else(|| LOCALES.into())
}

/// Chooses the person's language. Without a catalogue everything stays English.
pub fn start() {
    gettextrs::setlocale(gettextrs::LocaleCategory::LcAll, "");
    let bound = gettextrs::bindtextdomain(DOMAIN, locales())
        .and_then(|_| gettextrs::bind_textdomain_codeset(DOMAIN, "UTF-8"))
        .and_then(|_| gettextrs::textdomain(DOMAIN));
    if let Err(error) = bound {
        tracing::warn!(%error, "the window stays English");
    }
}

/// Translates a text and then fills its places: `{name}` becomes the value of `name`.
///
/// A value that looks like a place is left as it is, and one from outside does nothing: it is put
/// in as [`oriel_words::shown`] writes it, in one line.
pub fn gettext_f(text: &str, values: &[(&str, &str)]) -> String {
    fill(&gettext(text), values)
}

/// Translates a text that goes by a number, `{number}` in it, and fills its other places.
pub fn ngettext_f(one: &str, many: &str, number: usize, values: &[(&str, &str)]) -> String {
    let chosen = gettextrs::ngettext(one, many, u32::try_from(number).unwrap_or(u32::MAX));
    let number = number.to_string();
    let mut all = vec![("number", number.as_str())];
    all.extend_from_slice(values);
    fill(&chosen, &all)
}

/// Marks a text that is translated where it is used.
pub const fn mark(text: &'static str) -> &'static str {
    text
}

/// Marks a text and its plural that are translated where they are shown, with [`ngettext_f`].
pub const fn mark_plural(one: &'static str, many: &'static str) -> (&'static str, &'static str) {
    (one, many)
}

/// A message of the engine's in the person's language. A value from outside does nothing.
pub fn said(message: &Message) -> String {
    let text = message.translated(&|text| gettext(text));
    oriel_words::shown::shown(&text).into_owned()
}

fn fill(text: &str, values: &[(&str, &str)]) -> String {
    message::fill(text, |place| {
        let (_, value) = values.iter().find(|(known, _)| *known == place)?;
        Some(oriel_words::shown::shown(value).into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn places_are_filled_by_name_in_any_order() {
        let text = fill("{b} before {a}", &[("a", "1"), ("b", "2")]);
        assert_eq!(text, "2 before 1");
    }

    #[test]
    fn values_are_not_filled_again() {
        assert_eq!(fill("{a}{b}", &[("a", "{b}"), ("b", "x")]), "{b}x");
    }

    #[test]
    fn a_value_does_nothing_but_stand_there() {
        let name = "\u{202e}bew\u{202c}\nweb";
        let text = fill("Start “{name}”?", &[("name", name)]);
        assert_eq!(text, r"Start “\u{202e}bew\u{202c}\nweb”?");
    }

    #[test]
    fn unknown_places_and_lone_braces_stay() {
        assert_eq!(fill("{c} { } {", &[("a", "1")]), "{c} { } {");
    }
}
