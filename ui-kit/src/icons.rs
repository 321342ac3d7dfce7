// SPDX-License-Identifier: GPL-3.0-or-later
//! Our own icons, compiled in.

use relm4::gtk::gio;

/// Has GTK find them by their names, in a program whose resources are below `/org/oriel/Oriel`.
pub fn register() {
    if let Err(error) = gio::resources_register_include!("icons.gresource") {
        tracing::warn!(%error, "our own icons are missing");
    }
}
