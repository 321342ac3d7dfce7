// SPDX-License-Identifier: GPL-3.0-or-later
//! The window that lists the keyboard shortcuts, and the shortcuts themselves.

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use oriel_ui_kit::i18n::{gettext, mark};

/// An action, its keys, and what it does.
type Shortcut = (&'static str, &'static str, &'static str);

/// Those of the whole window.
const GENERAL: [Shortcut; 10] = [
    ("win.new", "<Control>n", mark("New virtual machine")),
    ("win.search", "<Control>f", mark("Search")),
    ("win.overview", "<Alt>Home", mark("All virtual machines")),
    ("win.retry", "F5", mark("Reconnect")),
    ("win.monitors", "<Control>m", mark("Monitors and color")),
    ("win.photo", "<Control>o", mark("Open a photo")),
    ("win.preferences", "<Control>comma", mark("Preferences")),
    (
        "win.show-help-overlay",
        "<Control>question",
        mark("Keyboard shortcuts"),
    ),
    ("window.close", "<Control>w", mark("Close the window")),
    ("win.quit", "<Control>q", mark("Quit")),
];

/// Those of the overview.
const VIEWS: [Shortcut; 2] = [
    ("win.view::gallery", "<Control>1", mark("Show pictures")),
    (
        "win.view::list",
        "<Control>2",
        mark("Show a list with graphs"),
    ),
];

/// Those of the list, which GTK has built in.
const LIST: [(&str, &str); 4] = [
    ("<Control>space", mark("Toggle selection")),
    ("<Shift>Down", mark("Extend selection")),
    ("<Control>a", mark("Select all")),
    ("Return", mark("Open")),
];

/// Binds the keys to their actions.
pub fn bind(application: &gtk::Application) {
    for (action, keys, _) in GENERAL.iter().chain(&VIEWS) {
        application.set_accels_for_action(action, &[keys]);
    }
}

/// The window with all of them.
pub fn window() -> Option<gtk::ShortcutsWindow> {
    let group = |title: &str, rows: &[(&str, &str)]| {
        let rows: String = rows.iter().map(|(keys, text)| row(keys, text)).collect();
        format!(
            "<child><object class=\"GtkShortcutsGroup\"><property name=\"title\">{}</property>\
             {rows}</object></child>",
            glib::markup_escape_text(title)
        )
    };
    let of = |list: &[Shortcut]| -> Vec<(&'static str, &'static str)> {
        list.iter().map(|(_, keys, text)| (*keys, *text)).collect()
    };
    let groups = [
        group(&gettext("General"), &of(&GENERAL)),
        group(&gettext("Overview"), &of(&VIEWS)),
        group(&gettext("List of Virtual Machines"), &LIST),
    ];
    // The widget takes its parts from a builder document alone.
    let document = format!(
        "<interface><object class=\"GtkShortcutsWindow\" id=\"it\"><property name=\"modal\">1\
         </property><property name=\"title\">{}</property><child>\
         <object class=\"GtkShortcutsSection\"><property name=\"section-name\">all</property><property name=\"max-height\">12</property>{}\
         </object></child></object></interface>",
        glib::markup_escape_text(&gettext("Keyboard shortcuts")),
        groups.concat()
    );
    gtk::Builder::from_string(&document).object("it")
}

fn row(keys: &str, text: &str) -> String {
    format!(
        "<child><object class=\"GtkShortcutsShortcut\"><property name=\"accelerator\">{}\
         </property><property name=\"title\">{}</property></object></child>",
        glib::markup_escape_text(keys),
        glib::markup_escape_text(&gettext(text))
    )
}
