// SPDX-License-Identifier: GPL-3.0-or-later
//! The engine's questions as dialogs: a passphrase, whether another host may have one, a login,
//! ssh's own; and the window's own one about a connection that others have named (`address`).
//! Each says which host it is about.
//!
//! Owns the dialogs. A dialog that is closed without an answer drops the answer's channel, which
//! declines. What is typed goes from the entry into guarded memory, with what the toolkit frees on
//! the way overwritten; the entry's own copy is emptied.

pub mod address;
mod hand_over;
pub mod typed;

use std::cell::RefCell;

use oriel::Error;
use oriel::agent::{
    AskReason, CredentialRequest, PassphraseAnswer, PassphraseRequest, Question, SshKind,
    SshRequest,
};
use oriel::secret::Passphrase;
use oriel::shown::{quoted, shown_lines};
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{adw, gtk};
use tokio::sync::oneshot;

use crate::words::errors::{self, Trouble};
use oriel_ui_kit::i18n::{gettext, gettext_f, said};
use oriel_ui_kit::{a11y, answers};

const CANCEL: &str = "cancel";
const ANSWER: &str = "answer";

/// Shows a question over `parent`.
pub fn ask(parent: &gtk::Window, question: Question) {
    match question {
        Question::Passphrase { request, reply } => passphrase(parent, &request, reply),
        Question::HandOver { request, reply } => hand_over::ask(parent, &request, reply),
        Question::Credentials {
            uri,
            requests,
            reply,
        } => credentials(parent, &uri, &requests, reply),
        Question::Ssh { request, reply } => ssh(parent, &request, reply),
        other => tracing::warn!(?other, "a question that this window does not know"),
    }
}

fn passphrase(
    parent: &gtk::Window,
    request: &PassphraseRequest,
    reply: oneshot::Sender<PassphraseAnswer>,
) {
    let host = hand_over::host_words(&request.host);
    // The host chooses the names of its guests and disks, and must not speak in our words.
    let names = [("place", &*quoted(&request.place)), ("host", &*host)];
    let body = match &request.reason {
        AskReason::NotStored => gettext_f(
            "The keyring has no passphrase for {place} on {host}.",
            &names,
        ),
        AskReason::DoesNotOpen { among: 2.. } => gettext_f(
            "Not every passphrase in the keyring opens its disk. Type the one for {place} on \
             {host}, or cancel to leave it as it is.",
            &names,
        ),
        AskReason::DoesNotOpen { .. } => gettext_f(
            "The passphrase in the keyring does not open {place} on {host}. It stays there, marked \
             “Former”, when the right one is kept.",
            &names,
        ),
        AskReason::KeptForOther => gettext_f(
            "The passphrase in the keyring is not handed over. Type the one for {place} on {host}.",
            &names,
        ),
        AskReason::NoService(why) => gettext_f(
            "There is no keyring in this session, so the passphrase of {place} on {host} has to be \
             typed at each start. ({why})",
            &[names[0], names[1], ("why", &said(why))],
        ),
    };
    let name = quoted(&request.domain);
    let heading = gettext_f("Passphrase for “{name}”", &[("name", &name)]);
    let dialog = dialog(parent, &heading, &body, &gettext("_Start"));
    let entry = typed::secret_row(&gettext("Passphrase"));
    let list = typed::list(&dialog, std::slice::from_ref(&entry), ANSWER);
    let keep: gtk::Switch = a11y::named("GtkSwitch", &gettext("Keep in the Keyring"));
    keep.set_active(true);
    keep.set_valign(gtk::Align::Center);
    let can_keep = request.reason.can_keep();
    if can_keep {
        let row = adw::ActionRow::builder()
            .title(gettext("Keep in the Keyring"))
            .activatable_widget(&keep)
            .build();
        row.add_suffix(&keep);
        list.append(&row);
    }
    entry.grab_focus();
    let parent = parent.downgrade();
    when_answered(&dialog, reply, move |reply, answered| {
        let passphrase = typed::take(&entry);
        if !answered {
            return;
        }
        match passphrase {
            Ok(passphrase) => {
                let _ = reply.send(PassphraseAnswer {
                    passphrase,
                    store: can_keep && keep.is_active(),
                });
            }
            Err(error) => unusable(&parent, &error),
        }
    });
    dialog.present();
}

fn credentials(
    parent: &gtk::Window,
    uri: &str,
    requests: &[CredentialRequest],
    reply: oneshot::Sender<Vec<Passphrase>>,
) {
    let body = gettext_f("{uri} asks who you are.", &[("uri", uri)]);
    let dialog = dialog(parent, &gettext("Log In"), &body, &gettext("_Log In"));
    let rows: Vec<_> = requests
        .iter()
        .map(|request| {
            let title = request.prompt.trim_end_matches([':', ' ']);
            if request.echo {
                typed::plain_row(title, request.default.as_deref())
            } else {
                typed::secret_row(title)
            }
        })
        .collect();
    typed::list(&dialog, &rows, ANSWER);
    let parent = parent.downgrade();
    when_answered(&dialog, reply, move |reply, answered| {
        let answers: Result<Vec<_>, _> = rows.iter().map(typed::take).collect();
        if !answered {
            return;
        }
        match answers {
            Ok(answers) => drop(reply.send(answers)),
            Err(error) => unusable(&parent, &error),
        }
    });
    dialog.present();
}

fn ssh(parent: &gtk::Window, request: &SshRequest, reply: oneshot::Sender<Passphrase>) {
    let heading = gettext_f("Connecting to {uri}", &[("uri", &request.uri)]);
    let parent_of_errors = parent.downgrade();
    match request.kind {
        SshKind::Secret => {
            let dialog = dialog(parent, &heading, "", &gettext("_Continue"));
            let entry = typed::secret_row(request.prompt.trim_end_matches([':', ' ']));
            typed::list(&dialog, std::slice::from_ref(&entry), ANSWER);
            when_answered(&dialog, reply, move |reply, answered| {
                let password = typed::take(&entry);
                if !answered {
                    return;
                }
                match password {
                    Ok(password) => drop(reply.send(password)),
                    Err(error) => unusable(&parent_of_errors, &error),
                }
            });
            dialog.present();
        }
        SshKind::Confirm => {
            let dialog = dialog(
                parent,
                &heading,
                &shown_lines(&request.prompt),
                &gettext("_Yes"),
            );
            // Trusting an unknown host must not happen by a mere Enter.
            answers::rest_on(&dialog, CANCEL);
            dialog.set_response_label(CANCEL, &gettext("_No"));
            when_answered(&dialog, reply, move |reply, answered| {
                let word: &[u8] = if answered { b"yes" } else { b"no" };
                if let Ok(word) = Passphrase::from_vec(word.to_vec()) {
                    let _ = reply.send(word);
                }
            });
            dialog.present();
        }
    }
}

fn dialog(parent: &gtk::Window, heading: &str, body: &str, answer: &str) -> adw::MessageDialog {
    let dialog = adw::MessageDialog::new(Some(parent), Some(heading), Some(body));
    dialog.add_response(CANCEL, &gettext("_Cancel"));
    dialog.add_response(ANSWER, answer);
    dialog.set_response_appearance(ANSWER, adw::ResponseAppearance::Suggested);
    dialog.set_close_response(CANCEL);
    dialog.set_default_response(Some(ANSWER));
    dialog
}

/// Calls `then` once with the channel of the answer and whether there is one.
fn when_answered<T: 'static>(
    dialog: &adw::MessageDialog,
    reply: oneshot::Sender<T>,
    then: impl Fn(oneshot::Sender<T>, bool) + 'static,
) {
    let reply = RefCell::new(Some(reply));
    dialog.connect_response(None, move |_, response| {
        let reply = reply.borrow_mut().take();
        if let Some(reply) = reply {
            then(reply, response == ANSWER);
        }
    });
}

fn unusable(parent: &glib::WeakRef<gtk::Window>, error: &Error) {
    if let Some(parent) = parent.upgrade() {
        let heading = gettext("This Can’t Be Used");
        errors::report(&parent, &Trouble::new(heading, error));
    }
}
