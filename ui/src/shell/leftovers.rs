// SPDX-License-Identifier: GPL-3.0-or-later
//! What a creation that died has left: told once its connection is there, and finished or undone
//! if the person wants that.

use oriel::Error;
use oriel::guest::create::{Leftover, Outcome};
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw};

use super::{Window, WindowMsg};
use crate::engine::ConnectionId;
use crate::guest::page::dialogs;
use crate::words::errors::{self, Trouble};
use oriel_ui_kit::answers;
use oriel_ui_kit::i18n::{gettext, gettext_f, said};

impl Window {
    /// Asks what is to become of leftovers, once the window has the focus: a dialog of a window
    /// that is just being shown would have to do without it.
    pub(super) fn ask_about_leftovers(
        &mut self,
        root: &adw::ApplicationWindow,
        sender: &ComponentSender<Self>,
    ) {
        if root.is_active() {
            for (connection, leftovers) in self.leftovers.drain(..) {
                ask(root, connection, leftovers, sender);
            }
        }
    }
}

/// Asks what is to become of them.
fn ask(
    root: &adw::ApplicationWindow,
    connection: ConnectionId,
    leftovers: Vec<Leftover>,
    sender: &ComponentSender<Window>,
) {
    let dialog = adw::MessageDialog::new(
        Some(root),
        Some(&gettext("Unfinished Virtual Machine")),
        Some(&body(&leftovers)),
    );
    dialog.add_response("later", &gettext("_Decide Later"));
    dialog.add_response("keep", &gettext("_Keep Everything"));
    dialog.add_response("clean", &gettext("_Clean Up"));
    // It deletes disks and passphrases: never by a Return that was meant for something else.
    dialog.set_response_appearance("clean", adw::ResponseAppearance::Destructive);
    answers::rest_on(&dialog, "later");
    dialog.set_close_response("later");
    let input = sender.input_sender().clone();
    dialog.connect_response(None, move |_, response| match response {
        "clean" => input.emit(WindowMsg::CleanUp(connection, leftovers.clone())),
        "keep" => input.emit(WindowMsg::KeepLeftovers(leftovers.clone())),
        _ => {}
    });
    dialog.present();
}

/// What is there, and what will be done with it.
fn body(leftovers: &[Leftover]) -> String {
    let mut text = gettext(
        "Oriel stopped while it was creating a virtual machine. “Clean Up” deletes what was created \
         for it, disk and passphrase included, unless the virtual machine was completed or \
         something uses the disk. “Keep Everything” deletes nothing and does not ask again.",
    );
    for leftover in leftovers {
        text.push_str("\n\n");
        text.push_str(&gettext_f("“{name}”", &[("name", &leftover.domain)]));
        for part in &leftover.left {
            text.push('\n');
            text.push_str(&said(part));
        }
    }
    text
}

/// Tells what could not be cleaned up, and which passphrase stays.
pub(super) fn tell(root: &adw::ApplicationWindow, results: Vec<(String, Result<Outcome, Error>)>) {
    for (name, result) in results {
        match result {
            Err(error) => {
                let heading = gettext_f("Could Not Clean Up “{name}”", &[("name", &name)]);
                errors::report(root, &Trouble::new(heading, &error));
            }
            Ok(Outcome::KeyKept) => {
                let heading = gettext_f("The Passphrase of “{name}” Stays", &[("name", &name)]);
                let body = gettext(
                    "Its disk was not found where it was to be, and may have been moved. If there \
                     is none, “Passwords and Keys” removes the passphrase.",
                );
                dialogs::tell(Some(root.upcast_ref()), &heading, &body);
            }
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oriel::message::Message;

    #[test]
    fn all_that_is_left_is_named() {
        let text = body(&[Leftover {
            id: uuid::Uuid::nil(),
            uri: "qemu:///system".into(),
            domain: "web".into(),
            left: vec![Message::verbatim("volume /a/web.qcow2")],
        }]);
        assert!(text.ends_with("“web”\nvolume /a/web.qcow2"), "{text}");
    }
}
