// SPDX-License-Identifier: GPL-3.0-or-later
//! One action on several guests: asked about once, and its failures told once.

use std::collections::HashSet;

use oriel::Error;
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw};

use super::Window;
use crate::engine::{Action, GuestKey, look};
use crate::words::errors::{self, Trouble};
use oriel_ui_kit::answers;
use oriel_ui_kit::i18n::{gettext, ngettext_f};

/// The most names that a question lists.
const NAMED: usize = 8;

/// Guests with which the same is being done.
#[derive(Debug)]
pub struct Batch {
    action: Action,
    waiting: HashSet<GuestKey>,
    failed: Vec<(String, Error)>,
}

impl Window {
    /// Does something with those of the guests that it fits; what loses work is asked about first.
    pub(super) fn act_on_all(
        &mut self,
        keys: &[GuestKey],
        action: Action,
        root: &adw::ApplicationWindow,
        sender: &ComponentSender<Self>,
    ) {
        let fitting: Vec<_> = keys
            .iter()
            .copied()
            .filter(|key| !self.busy.contains_key(key))
            .filter_map(|key| Some((key, self.listing.guest(key)?)))
            .filter(|(_, guest)| action.fits(guest.state))
            .collect();
        if fitting.is_empty() {
            return;
        }
        let keys: Vec<_> = fitting.iter().map(|(key, _)| *key).collect();
        let Some((heading, body, yes)) = question(action, keys.len()) else {
            self.begin_batch(&keys, action, sender);
            return;
        };
        let names: Vec<_> = fitting
            .iter()
            .map(|(_, guest)| guest.display_name().into_owned())
            .collect();
        let body = format!("{body}\n\n{}", listed(&names));
        let dialog = adw::MessageDialog::new(Some(root), Some(&heading), Some(&body));
        dialog.add_response("cancel", &gettext("_Cancel"));
        dialog.add_response("yes", &yes);
        dialog.set_response_appearance("yes", adw::ResponseAppearance::Destructive);
        answers::rest_on(&dialog, "cancel");
        dialog.set_close_response("cancel");
        let input = sender.input_sender().clone();
        dialog.connect_response(Some("yes"), move |_, _| {
            input.emit(super::WindowMsg::Confirmed(keys.clone(), action));
        });
        dialog.present();
    }

    /// Begins it without asking.
    pub(super) fn begin_batch(
        &mut self,
        keys: &[GuestKey],
        action: Action,
        sender: &ComponentSender<Self>,
    ) {
        self.batches.push(Batch {
            action,
            waiting: keys.iter().copied().collect(),
            failed: Vec::new(),
        });
        for key in keys {
            self.act(*key, action, sender);
        }
    }

    /// Takes over how an action of a batch ended; false if it belongs to none. What failed is told
    /// when the last of them has ended.
    pub(super) fn ended_in_batch(
        &mut self,
        key: GuestKey,
        action: Action,
        name: &str,
        result: &mut Result<(), Error>,
        root: &adw::ApplicationWindow,
    ) -> bool {
        let place = self
            .batches
            .iter_mut()
            .position(|batch| batch.action == action && batch.waiting.remove(&key));
        let Some(place) = place else { return false };
        let Some(batch) = self.batches.get_mut(place) else {
            return false;
        };
        if let Err(error) = std::mem::replace(result, Ok(())) {
            batch.failed.push((name.to_owned(), error));
        }
        if batch.waiting.is_empty() {
            let batch = self.batches.swap_remove(place);
            tell(&batch, root);
        }
        true
    }
}

/// The question before a dangerous action on several: heading, body, and the label of yes.
fn question(action: Action, number: usize) -> Option<(String, String, String)> {
    let question = look(action).question.as_ref()?;
    let (one, many) = question.headings;
    Some((
        ngettext_f(one, many, number, &[]),
        gettext(question.body_of_several),
        gettext(question.yes),
    ))
}

fn tell(batch: &Batch, root: &adw::ApplicationWindow) {
    let mut troubles: Vec<_> = batch
        .failed
        .iter()
        .filter_map(|(name, error)| Trouble::of_action(batch.action, name, error))
        .collect();
    if troubles.len() < 2 {
        if let Some(trouble) = troubles.pop() {
            errors::report(root, &trouble);
        }
        return;
    }
    let details: Vec<_> = troubles
        .iter()
        .map(|trouble| format!("{}\n{}", trouble.heading, trouble.details))
        .collect();
    let headings: Vec<_> = troubles.iter().map(|it| it.heading.clone()).collect();
    errors::report(
        root,
        &Trouble {
            heading: ngettext_f(
                "{number} of them failed",
                "{number} of them failed",
                troubles.len(),
                &[],
            ),
            body: listed(&headings),
            next: troubles.into_iter().find_map(|trouble| trouble.next),
            details: details.join("\n\n"),
        },
    );
}

/// Some lines, and how many more there are.
fn listed(lines: &[String]) -> String {
    let mut text = lines
        .iter()
        .take(NAMED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("\n");
    let more = lines.len().saturating_sub(NAMED);
    if more > 0 {
        text.push('\n');
        text.push_str(&ngettext_f(
            "and {number} more",
            "and {number} more",
            more,
            &[],
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Action, listed, question};

    #[test]
    fn each_dangerous_action_is_asked_about_in_its_own_words() {
        let mut seen = HashSet::new();
        for action in Action::ALL {
            let words = question(action, 2);
            assert_eq!(words.is_some(), action.is_dangerous(), "{action:?}");
            if let Some((heading, body, yes)) = words {
                assert!(heading.contains('2'), "{heading}");
                for text in [heading, body, yes] {
                    assert!(seen.insert(text.clone()), "{action:?} says {text} as well");
                }
            }
        }
    }

    #[test]
    fn a_long_list_is_cut() {
        let lines: Vec<_> = (1..=10).map(|number| format!("guest {number}")).collect();
        let text = listed(&lines);
        assert!(text.ends_with("guest 8\nand 2 more"), "{text}");
        assert_eq!(listed(&lines[..2]), "guest 1\nguest 2");
    }
}
