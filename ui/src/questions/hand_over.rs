// SPDX-License-Identifier: GPL-3.0-or-later
//! Whether a host may have a passphrase that was stored for another one, and how hosts are called.

use std::cell::RefCell;

use oriel::agent::{HandOverAnswer, HandOverRequest};
use oriel::model::host::HostIdentity;
use oriel::shown::{quoted, shown};
use relm4::adw::prelude::*;
use relm4::{adw, gtk};
use tokio::sync::oneshot;

use oriel_ui_kit::answers;
use oriel_ui_kit::i18n::{gettext, gettext_f};

const CANCEL: &str = "cancel";
const ANOTHER: &str = "another";
const HAND_OVER: &str = "hand-over";

/// A host as people know it, with the libvirt there that is meant.
pub fn host_words(host: &HostIdentity) -> String {
    let driver = [("driver", &*shown(host.driver()))];
    match host.address() {
        Some(address) => gettext_f(
            "{address} ({driver})",
            &[("address", &shown(address)), driver[0]],
        ),
        None if host.is_here() => gettext_f("this computer ({driver})", &driver),
        None => gettext_f("another computer ({driver})", &driver),
    }
}

/// Asks over `parent`. Closed without an answer, the passphrase stays where it is.
pub(super) fn ask(
    parent: &gtk::Window,
    request: &HandOverRequest,
    reply: oneshot::Sender<HandOverAnswer>,
) {
    let name = match &*request.note.domain {
        "" => &request.domain,
        stored => stored,
    };
    let heading = gettext_f(
        "Hand Over the Passphrase of “{name}”?",
        &[("name", &quoted(name))],
    );
    let dialog = adw::MessageDialog::new(Some(parent), Some(&heading), Some(&body(request)));
    dialog.add_response(CANCEL, &gettext("_Cancel"));
    dialog.add_response(ANOTHER, &gettext("_Type Another"));
    dialog.add_response(HAND_OVER, &gettext("_Hand Over"));
    dialog.set_response_appearance(HAND_OVER, adw::ResponseAppearance::Destructive);
    dialog.set_close_response(CANCEL);
    // A mere Return must not give a passphrase away.
    answers::rest_on(&dialog, CANCEL);
    let reply = RefCell::new(Some(reply));
    dialog.connect_response(None, move |_, response| {
        let answer = match response {
            HAND_OVER => HandOverAnswer::HandOver,
            ANOTHER => HandOverAnswer::TypeAnother,
            // Dropping the channel declines.
            _ => return drop(reply.borrow_mut().take()),
        };
        if let Some(reply) = reply.borrow_mut().take() {
            let _ = reply.send(answer);
        }
    });
    dialog.present();
}

fn body(request: &HandOverRequest) -> String {
    let host = host_words(&request.host);
    let note = &request.note;
    let hosts: Vec<_> = note.hosts.iter().flatten().map(host_words).collect();
    let names = [
        ("guest", &*quoted(&request.domain)),
        ("host", &*host),
        ("stored", &hosts.join(", ")),
        ("connection", &*quoted(&note.connection)),
    ];
    let first = if note.changed_from(&request.host).is_some() {
        gettext_f(
            "“{guest}” on {host} asks for it. It was stored for that address, but the host has another identity now: it was reinstalled, another machine answers there, or its libvirt makes up an identity at each start.",
            &names,
        )
    } else if !hosts.is_empty() {
        gettext_f(
            "“{guest}” on {host} asks for it. It was stored for {stored}.",
            &names,
        )
    } else if note.connection.is_empty() {
        gettext_f(
            "“{guest}” on {host} asks for it. For which host it was stored is not known.",
            &names,
        )
    } else {
        gettext_f(
            "“{guest}” on {host} asks for it. An earlier version of Oriel stored it, for the \
             connection {connection}, and did not note the host.",
            &names,
        )
    };
    let second = gettext(
        "Whoever runs that host can open every copy of the disk from then on. You are asked once \
         for each host.",
    );
    format!("{first}\n\n{second}")
}
