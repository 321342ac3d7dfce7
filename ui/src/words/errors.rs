// SPDX-License-Identifier: GPL-3.0-or-later
//! The one place where the engine's failures are shown: what happened, why, what to do next, and
//! details to unfold and copy.

use std::error::Error as _;

use oriel::Error;
use oriel::error::SecretError;
use oriel::shown::shown;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use crate::engine::{Action, look};
use oriel_ui_kit::a11y;
use oriel_ui_kit::i18n::{gettext, gettext_f, said};

/// A failure in the person's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What could not be done.
    pub heading: String,
    /// Why.
    pub body: String,
    /// What to do next, if anything sensible can be said.
    pub next: Option<String>,
    /// The chain of causes, for a report.
    pub details: String,
}

impl Trouble {
    /// A failed action on a guest. `None` where the person called it off, and so knows.
    pub fn of_action(action: Action, name: &str, error: &Error) -> Option<Self> {
        // The window always asks: without an answer they chose "Cancel".
        if error.is_cancelled()
            || matches!(
                error,
                Error::Secret(SecretError::Missing { .. } | SecretError::ForOther { .. })
            )
        {
            return None;
        }
        Some(Self::new(heading(action, name), error))
    }

    /// Any other failure.
    pub fn new(heading: String, error: &Error) -> Self {
        Self {
            heading,
            body: body(error),
            next: next(error),
            details: details(error),
        }
    }
}

fn heading(action: Action, name: &str) -> String {
    gettext_f(look(action).failed, &[("name", name)])
}

/// Why it failed. The heading says what was attempted.
fn body(error: &Error) -> String {
    said(&error.reason())
}

/// What to do next.
fn next(error: &Error) -> Option<String> {
    error.next().window.as_ref().map(said)
}

/// The chain of causes, with the names of our own texts: those are the same in every language.
fn details(error: &Error) -> String {
    let ours = |error: &Error| {
        let message = error.message();
        format!("{} [{}]", said(&message), message.id())
    };
    let mut text = ours(error);
    let mut cause = error.source();
    while let Some(inner) = cause {
        let line = match inner.downcast_ref::<Error>() {
            Some(inner) => ours(inner),
            None => shown(&inner.to_string()).into_owned(),
        };
        text = format!("{text}\n{line}");
        cause = inner.source();
    }
    text
}

/// Shows a failure over `parent`.
pub fn report(parent: &impl IsA<gtk::Window>, trouble: &Trouble) {
    let dialog = adw::MessageDialog::new(Some(parent), Some(&trouble.heading), Some(&trouble.body));
    dialog.add_response("close", &gettext("_Close"));
    dialog.set_close_response("close");
    dialog.set_default_response(Some("close"));
    dialog.set_extra_child(Some(&more(trouble)));
    dialog.present();
}

/// What to do next, and the details to unfold and copy.
pub fn more(trouble: &Trouble) -> gtk::Box {
    let more = gtk::Box::new(gtk::Orientation::Vertical, 12);
    if let Some(next) = &trouble.next {
        more.append(&wrapped(next));
    }
    let unfolded = gtk::Box::new(gtk::Orientation::Vertical, 6);
    let details = wrapped(&trouble.details);
    details.set_selectable(true);
    details.set_xalign(0.0);
    details.set_justify(gtk::Justification::Left);
    details.add_css_class("caption");
    let copy = gtk::Button::with_mnemonic(&gettext("Co_py"));
    copy.set_halign(gtk::Align::Start);
    let text = trouble.details.clone();
    copy.connect_clicked(move |button| button.clipboard().set_text(&text));
    unfolded.append(&details);
    unfolded.append(&copy);
    more.append(&a11y::expander(&gettext("_Details"), &unfolded));
    more
}

fn wrapped(text: &str) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .max_width_chars(50)
        .justify(gtk::Justification::Center)
        .build()
}

#[cfg(test)]
mod tests {
    use oriel::error::failure::{Failure, Reason};
    use oriel::error::{GuestError, Still, Thing};
    use oriel::guest::DomainState;
    use oriel::model::act::{Act, Promise};

    use super::*;

    fn still_running() -> Error {
        let Promise::OffByItself(why) = Act::ShutDown.row().promise else {
            panic!("a shutdown promises something else");
        };
        Error::Guest(GuestError::StateNotReached {
            name: "web".into(),
            still: Still::State(DomainState::Running),
            seconds: 120,
            why,
        })
    }

    #[test]
    fn no_option_of_the_command_line_is_named() {
        let trouble = Trouble::of_action(Action::ShutDown, "web", &still_running());
        let trouble = trouble.expect("told");
        assert_eq!(trouble.heading, "Could Not Shut Down “web”");
        assert_eq!(
            trouble.body,
            "“web” is still running after 120 s. The system in it does not react to the power \
             button."
        );
        let next = trouble.next.expect("a next step");
        assert!(next.contains("Force Off") && !next.contains("--"), "{next}");
    }

    #[test]
    fn a_start_that_fails_says_a_cause_and_a_next_step() {
        let refused = |message: &str| Error::Libvirt {
            uri: "qemu:///system".into(),
            doing: Act::Launch.row().attempt.named("web"),
            source: Failure::new(Reason::Other, message),
        };
        let program = "Child process (/usr/bin/qemu-img info /x) unexpected exit \
                       status 1: qemu-img: /x: ";
        for (said, body) in [
            ("No space left on device", "There is not enough free space."),
            (
                "Nobody knows",
                "The program qemu-img failed: /x: Nobody knows.",
            ),
        ] {
            let error = refused(&format!("{program}{said}"));
            let trouble = Trouble::of_action(Action::Launch, "web", &error).expect("told");
            assert_eq!(trouble.body, body);
            assert!(trouble.next.is_some_and(|next| next.len() > 20));
            // Who reports it has all of it.
            assert!(
                trouble.details.contains("/usr/bin/qemu-img info"),
                "{}",
                trouble.details
            );
        }
    }

    #[test]
    fn what_an_error_quotes_does_nothing() {
        let missing = Error::NotFound {
            thing: Thing::Guest,
            name: "\u{202e}web\n\u{1b}[2J".into(),
            uri: "test:///default".into(),
        };
        let trouble = Trouble::new("Gone".into(), &missing);
        for text in [&trouble.body, &trouble.details] {
            assert!(text.contains(r"“\u{202e}web\n\u{1b}[2J”"), "{text:?}");
            assert!(!text.contains(oriel::shown::is_unsafe), "{text:?}");
        }
    }

    #[test]
    fn who_called_it_off_is_not_told_again() {
        let declined = Error::Secret(SecretError::Missing {
            name: "web".into(),
            place: "disk vda".into(),
            no_keyring: None,
        });
        assert_eq!(Trouble::of_action(Action::Launch, "web", &declined), None);
    }

    #[test]
    fn every_text_is_a_sentence() {
        let busy = Error::Guest(GuestError::Busy {
            name: "web".into(),
            other: Act::Launch.row().attempt.named("web"),
        });
        assert_eq!(
            body(&busy),
            "“web” is busy. Oriel is still trying to start “web”."
        );
    }
}
