// SPDX-License-Identifier: GPL-3.0-or-later
//! What a creation that died has left: told once its connection is there, and finished or undone
//! if the person wants that.

use oriel::Error;
use oriel::domain::create::{Leftover, Outcome};
use oriel::shown::shown;
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw};

use super::{Window, WindowMsg};
use crate::engine::ConnectionId;
use crate::errors::{self, Trouble};
use crate::i18n::{gettext, gettext_f};

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
        Some(&gettext("Something Was Left Half Done")),
        Some(&body(&leftovers)),
    );
    dialog.add_response("later", &gettext("_Later"));
    dialog.add_response("clean", &gettext("_Finish or Clean Up"));
    dialog.set_response_appearance("clean", adw::ResponseAppearance::Suggested);
    dialog.set_default_response(Some("clean"));
    dialog.set_close_response("later");
    let input = sender.input_sender().clone();
    dialog.connect_response(Some("clean"), move |_, _| {
        input.emit(WindowMsg::CleanUp(connection, leftovers.clone()));
    });
    dialog.present();
}

/// What is there, and what will be done with it.
fn body(leftovers: &[Leftover]) -> String {
    let mut text = gettext(
        "Oriel ended while it made a virtual machine. One that is complete stays; of any other, \
         what was made so far is removed, its passphrase last.",
    );
    for leftover in leftovers {
        text.push_str("\n\n");
        text.push_str(&gettext_f("“{name}”", &[("name", &leftover.domain)]));
        for part in &leftover.left {
            text.push('\n');
            text.push_str(&shown(part));
        }
    }
    text
}

/// Tells what could not be cleaned up.
pub(super) fn tell(root: &adw::ApplicationWindow, results: Vec<(String, Result<Outcome, Error>)>) {
    for (name, result) in results {
        if let Err(error) = result {
            let heading = gettext_f("Could not clean up “{name}”", &[("name", &name)]);
            errors::report(root, &Trouble::new(heading, &error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_left_is_named() {
        let text = body(&[Leftover {
            id: uuid::Uuid::nil(),
            uri: "qemu:///system".into(),
            domain: "web".into(),
            left: vec!["volume /a/web.qcow2".into()],
        }]);
        assert!(text.ends_with("“web”\nvolume /a/web.qcow2"), "{text}");
    }
}
