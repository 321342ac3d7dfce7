// SPDX-License-Identifier: GPL-3.0-or-later
//! The answers of dialogs that delete something or give something away.

use std::cell::Cell;
use std::rc::Rc;

use relm4::adw::prelude::*;
use relm4::gtk::{gdk, glib};
use relm4::{adw, gtk};

/// Makes a harmless response the one that Escape and Return give, Return until the person has moved to another by
/// the keyboard. The default response alone does not do that: where the window is narrow the buttons
/// stand below each other, the topmost has the focus, and Return presses what has the focus.
pub fn rest_on(dialog: &adw::MessageDialog, response: &str) {
    dialog.set_close_response(response);
    dialog.set_default_response(Some(response));
    let moved = Rc::new(Cell::new(false));
    let keys = gtk::EventControllerKey::new();
    keys.set_propagation_phase(gtk::PropagationPhase::Capture);
    let weak = dialog.downgrade();
    keys.connect_key_pressed(move |_, key, _, _| match key {
        gdk::Key::Return | gdk::Key::KP_Enter | gdk::Key::ISO_Enter if !moved.get() => {
            if let Some(dialog) = weak.upgrade() {
                // Closing gives it, and takes the dialog away as well.
                dialog.close();
            }
            glib::Propagation::Stop
        }
        gdk::Key::Tab
        | gdk::Key::ISO_Left_Tab
        | gdk::Key::Up
        | gdk::Key::Down
        | gdk::Key::Left
        | gdk::Key::Right => {
            moved.set(true);
            glib::Propagation::Proceed
        }
        _ => glib::Propagation::Proceed,
    });
    dialog.add_controller(keys);
}
