// SPDX-License-Identifier: GPL-3.0-or-later
//! What is wrong with a name for a guest, in words.

use oriel::guest::create::{NameFault, name_fault};

use oriel_ui_kit::i18n::{gettext, gettext_f};

/// What is wrong with a name; `None` for a good one.
pub fn name_problem(name: &str, taken: impl Fn(&str) -> bool) -> Option<String> {
    match name_fault(name) {
        Some(NameFault::Empty) => Some(gettext("It needs a name.")),
        Some(NameFault::TooLong) => Some(gettext("This name is too long.")),
        Some(NameFault::Slash) => Some(gettext("A name can’t have a slash in it.")),
        Some(NameFault::Control) => Some(gettext("A name can’t have line breaks in it.")),
        Some(NameFault::Edges) => Some(gettext(
            "A name can’t be “.” or “..”, nor begin or end with a space.",
        )),
        None if taken(name) => Some(gettext_f(
            "There is already a virtual machine called “{name}”. Choose another name.",
            &[("name", name)],
        )),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_name_is_told_what_is_wrong() {
        let taken = |name: &str| name == "web";
        for bad in ["", "  ", "a/b", "a\nb", "..", " a", "a ", "web"] {
            assert!(name_problem(bad, taken).is_some(), "{bad:?}");
        }
        for good in ["web 2", "Büro-Rechner", "虚拟机", "кофе ☕"] {
            assert_eq!(name_problem(good, taken), None);
        }
        let told = name_problem("web", taken).expect("taken");
        assert!(
            told.contains("already a virtual machine called “web”"),
            "{told}"
        );
    }
}
