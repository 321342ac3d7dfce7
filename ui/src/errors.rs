// SPDX-License-Identifier: GPL-3.0-or-later
//! The one place where the engine's failures are shown: what happened, why, what to do next, and
//! details to unfold and copy.

use std::error::Error as _;

use oriel::Error;
use oriel::error::NotUndone;
use oriel::secret::keyring::KeyringError;
use oriel::shown::{self, shown};
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use crate::causes;
use crate::engine::{Action, look};
use crate::i18n::{gettext, gettext_f};
use crate::util::a11y;

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
        if matches!(
            error,
            Error::PassphraseMissing { .. } | Error::PassphraseForOther { .. } | Error::Cancelled
        ) {
            return None;
        }
        Some(Self::new(heading(action, name), error))
    }

    /// Any other failure.
    pub fn new(heading: String, error: &Error) -> Self {
        Self {
            heading,
            body: shown(&body(error)).into_owned(),
            next: next(error).map(|text| shown(&text).into_owned()),
            details: details(error),
        }
    }
}

fn heading(action: Action, name: &str) -> String {
    gettext_f(look(action).failed, &[("name", name)])
}

fn body(error: &Error) -> String {
    let text = match error {
        Error::Unfit { error, .. } => return body(error),
        Error::Exists { kind, name, .. } => gettext_f(
            if *kind == "virtual machine" {
                "There is already a virtual machine called “{name}”."
            } else {
                "“{name}” is there already."
            },
            &[("name", name)],
        ),
        Error::Keyring(KeyringError::Dismissed) => {
            gettext("The keyring is still locked: its dialog was cancelled, or could not be shown.")
        }
        // The heading says the rest.
        Error::Libvirt { .. } => match error.cause() {
            Some(cause) => causes::body(&cause),
            None => error.reason(),
        },
        Error::StateNotReached {
            name,
            state,
            seconds,
            ..
        } => gettext_f(
            "“{name}” is still {state} after {seconds} seconds.",
            &[
                ("name", name),
                ("state", state),
                ("seconds", &seconds.to_string()),
            ],
        ),
        Error::UseUnknown { what, why } => gettext_f(
            "Nothing was deleted: whether {what} uses a disk that was to go could not be found \
             out ({why}).",
            &[("what", what), ("why", why)],
        ),
        Error::VolumeInUse { volume, user, .. } => gettext_f(
            "Nothing was deleted: {disk} is used by {user}.",
            &[("disk", volume), ("user", user)],
        ),
        Error::MadeNotStarted { source, .. } => gettext_f(
            "The virtual machine was created, but did not start: {why}",
            &[("why", &body(source))],
        ),
        Error::NotUndone { why, .. } => not_undone(why),
        other => other.to_string(),
    };
    sentence(text)
}

fn not_undone(why: &NotUndone) -> String {
    match why {
        NotUndone::HostNotNoted => gettext(
            "An earlier version of Oriel did not note on which host it was created. Nothing was \
             deleted.",
        ),
        NotUndone::OtherHost { .. } => gettext(
            "The connection leads to another host now than when it was created. Nothing was \
             deleted.",
        ),
        NotUndone::OtherPool { pool } => gettext_f(
            "The storage pool “{pool}” is not the one that it was created in. Nothing was deleted.",
            &[("pool", pool)],
        ),
        NotUndone::NotProven { path } => gettext_f(
            "Nothing proves that the disk {path} was created for it. Nothing was deleted.",
            &[("path", path)],
        ),
        NotUndone::DiskNotFound => {
            gettext("Its disk was not found, so its passphrase stays in the keyring.")
        }
        _ => gettext(
            "It may have been used since: it was nearly complete when Oriel stopped, and is gone \
             now. Nothing was deleted.",
        ),
    }
}

/// The next step, in terms of the window where the engine's are those of the command line.
fn next(error: &Error) -> Option<String> {
    match error {
        Error::Unfit { error, .. } => next(error),
        Error::Exists { .. } => Some(gettext("Choose another name.")),
        Error::NoEncryption { .. } => {
            Some(gettext("Make it without encryption, or without a disk."))
        }
        Error::NoStorage => Some(gettext("Make it without a disk.")),
        Error::Keyring(KeyringError::Dismissed | KeyringError::Locked) => Some(gettext(
            "Try again and type the keyring’s password, which mostly is that of your login.",
        )),
        Error::Keyring(KeyringError::NoService(_)) => Some(gettext(
            "Start a keyring in this session (GNOME Keyring, KWallet or KeePassXC), or choose a \
             passphrase of your own.",
        )),
        Error::UseUnknown { .. } | Error::VolumeInUse { .. } => Some(gettext(
            "Put that right first, or delete the virtual machine without its disks.",
        )),
        Error::MadeNotStarted { source, .. } => next(source).or_else(|| {
            Some(gettext(
                "It is off, with its disk and its passphrase. Start it again, or delete it.",
            ))
        }),
        Error::NotUndone { .. } => Some(gettext(
            "Look at it yourself. When Oriel asks again, “Keep Everything” ends the question and \
             deletes nothing.",
        )),
        Error::LeftBehind { .. } => Some(gettext(
            // Translators: keep “orielctl cleanup”, it is a command.
            "“orielctl cleanup” in a terminal shows what is left, and removes it.",
        )),
        Error::StateNotReached { .. } => Some(gettext(
            "Look at its screen: the system in it may wait for an answer. If it does not react, \
             “Force Off” is like pulling the plug.",
        )),
        Error::NotFound { .. } => Some(gettext(
            "It may have been removed or renamed meanwhile. Look for it in the list.",
        )),
        other => match other.cause_on() {
            Some((cause, uri)) => Some(causes::next(&cause, uri)),
            None => other.next_step().map(|text| shown::sentence(&text)),
        },
    }
}

fn details(error: &Error) -> String {
    let mut text = shown(&error.to_string()).into_owned();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}\n{}", shown(&inner.to_string()));
        cause = inner.source();
    }
    text
}

fn sentence(mut text: String) -> String {
    if !text.ends_with(['.', '!', '?', '…']) {
        text.push('.');
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

    use super::*;

    fn still_running() -> Error {
        Error::StateNotReached {
            name: "web".into(),
            state: "running".into(),
            seconds: 120,
            why: "Wait longer (--timeout)".into(),
        }
    }

    #[test]
    fn no_option_of_the_command_line_is_named() {
        let trouble = Trouble::of_action(Action::ShutDown, "web", &still_running());
        let trouble = trouble.expect("told");
        assert_eq!(trouble.heading, "Could not shut down “web”");
        assert_eq!(trouble.body, "“web” is still running after 120 seconds.");
        let next = trouble.next.expect("a next step");
        assert!(next.contains("Force Off") && !next.contains("--"), "{next}");
    }

    #[test]
    fn a_start_that_fails_says_a_cause_and_a_next_step() {
        let refused = |message: &str| Error::Libvirt {
            uri: "qemu:///system".into(),
            doing: "start “web”".into(),
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
            kind: "virtual machine",
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
        let declined = Error::PassphraseMissing {
            name: "web".into(),
            place: "disk vda".into(),
            why: "nobody answered".into(),
        };
        assert_eq!(Trouble::of_action(Action::Launch, "web", &declined), None);
    }

    #[test]
    fn every_text_is_a_sentence() {
        let busy = Error::Busy {
            what: "“web”".into(),
            why: "it is being started".into(),
        };
        assert_eq!(body(&busy), "“web” is busy: it is being started.");
    }
}
