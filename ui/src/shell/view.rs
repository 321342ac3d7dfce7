// SPDX-License-Identifier: GPL-3.0-or-later
//! The window's own widgets and small dialogs, as far as they need no model.

use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::{ComponentSender, adw};

use super::{Window, WindowMsg};
use crate::connections;
use crate::settings::{Scheme, Settings};
use oriel_ui_kit::i18n::gettext;

/// Gives the window the size it had, and the style that the person prefers.
pub(super) fn restore(root: &adw::ApplicationWindow, settings: &Settings) {
    root.set_default_size(settings.width, settings.height);
    if settings.maximized {
        root.maximize();
    }
    set_scheme(settings.scheme);
}

/// Light or dark from now on.
pub(super) fn set_scheme(scheme: Scheme) {
    adw::StyleManager::default().set_color_scheme(match scheme {
        Scheme::System => adw::ColorScheme::Default,
        Scheme::Light => adw::ColorScheme::ForceLight,
        Scheme::Dark => adw::ColorScheme::ForceDark,
    });
}

/// Brings the right side to the front, in a narrow window. In a wide one both sides show, and the
/// focus must stay in the list for the next arrow key.
pub(super) fn open(leaflet: &adw::Leaflet) {
    if leaflet.is_folded() {
        leaflet.navigate(adw::NavigationDirection::Forward);
    }
}

/// Asks for a connection to add.
pub(super) fn add_connection(root: &adw::ApplicationWindow, sender: &ComponentSender<Window>) {
    let input = sender.input_sender().clone();
    connections::add(root, move |uri, at_start| {
        input.emit(WindowMsg::WantsConnection(uri, at_start));
    });
}

/// Shows what this program is.
pub(super) fn about(root: &adw::ApplicationWindow) {
    let window = adw::AboutWindow::builder()
        .transient_for(root)
        .modal(true)
        .application_name("Oriel")
        .application_icon(crate::APP_ID)
        .version(env!("CARGO_PKG_VERSION"))
        .developer_name(gettext("The Oriel developers"))
        .license_type(gtk::License::Gpl30)
        .comments(gettext(
            "Virtual machines on your desktop: encrypted disks whose passphrases live in your \
             keyring, resources by sliders, and live pictures of every screen.",
        ))
        // Translators: your name, one on each line
        .translator_credits(gettext("translator-credits"))
        .build();
    window.present();
}

/// The window's size for the next start, unless it fills the screen.
pub(super) fn size(root: &adw::ApplicationWindow) -> (Option<(i32, i32)>, bool) {
    let maximized = root.is_maximized();
    let size: (i32, i32) = (root.default_width(), root.default_height());
    let fits = !maximized && size.0 > 0 && size.1 > 0;
    (fits.then_some(size), maximized)
}
