// SPDX-License-Identifier: GPL-3.0-or-later
//! The window's actions by name: menus, buttons and keys go by them.

use relm4::gtk::prelude::*;
use relm4::gtk::{self, gio, glib};
use relm4::{ComponentSender, adw};

use super::{Window, WindowMsg};
use crate::overview::{Kind, SortBy, View};
use crate::settings::Settings;
use crate::shortcuts;
use oriel_ui_kit::i18n::gettext;

/// Adds the actions to the window, and the keys to its application.
pub(super) fn add(
    root: &adw::ApplicationWindow,
    settings: &Settings,
    sender: &ComponentSender<Window>,
) {
    plain(root, "search", sender, || WindowMsg::Search);
    plain(root, "overview", sender, || WindowMsg::Overview);
    plain(root, "retry", sender, || WindowMsg::Retry);
    plain(root, "add-connection", sender, || WindowMsg::AddConnection);
    plain(root, "preferences", sender, || WindowMsg::Preferences);
    plain(root, "monitors", sender, || WindowMsg::Monitors);
    plain(root, "photo", sender, || WindowMsg::Photo(None));
    plain(root, "about", sender, || WindowMsg::About);
    let quit = gio::SimpleAction::new("quit", None);
    let window = root.downgrade();
    quit.connect_activate(move |_, _| {
        if let Some(window) = window.upgrade() {
            window.close();
        }
    });
    root.add_action(&quit);
    choice(root, "view", &settings.view, sender, |id| {
        WindowMsg::View(View::of(id))
    });
    choice(root, "sort", &settings.sort, sender, |id| {
        WindowMsg::Sort(SortBy::of(id))
    });
    choice(root, "kind", Kind::default().id(), sender, |id| {
        WindowMsg::Kind(Kind::of(id))
    });
    root.set_help_overlay(shortcuts::window().as_ref());
    shortcuts::bind(&relm4::main_application());
}

fn plain(
    root: &adw::ApplicationWindow,
    name: &str,
    sender: &ComponentSender<Window>,
    message: impl Fn() -> WindowMsg + 'static,
) {
    let action = gio::SimpleAction::new(name, None);
    let input = sender.input_sender().clone();
    action.connect_activate(move |_, _| input.emit(message()));
    root.add_action(&action);
}

/// An action that is one of several words.
fn choice(
    root: &adw::ApplicationWindow,
    name: &str,
    first: &str,
    sender: &ComponentSender<Window>,
    message: impl Fn(&str) -> WindowMsg + 'static,
) {
    let action =
        gio::SimpleAction::new_stateful(name, Some(glib::VariantTy::STRING), &first.to_variant());
    let input = sender.input_sender().clone();
    action.connect_change_state(move |action, wanted| {
        let Some(wanted) = wanted else { return };
        if action.state().as_ref() != Some(wanted)
            && let Some(id) = wanted.str()
        {
            action.set_state(wanted);
            input.emit(message(id));
        }
    });
    root.add_action(&action);
}

/// The menu of views, orders and kinds.
pub(super) fn sort_menu() -> gio::Menu {
    let menu = gio::Menu::new();
    let views = gio::Menu::new();
    views.append(Some(&gettext("_Pictures")), Some("win.view::gallery"));
    views.append(Some(&gettext("_List With Graphs")), Some("win.view::list"));
    menu.append_section(Some(&gettext("View")), &views);
    let orders = gio::Menu::new();
    for by in SortBy::ALL {
        let target = format!("win.sort::{}", by.id());
        orders.append(Some(&gettext(by.label())), Some(&target));
    }
    menu.append_section(Some(&gettext("Sort By")), &orders);
    let kinds = gio::Menu::new();
    for kind in Kind::ALL {
        let target = format!("win.kind::{}", kind.id());
        kinds.append(Some(&gettext(kind.label())), Some(&target));
    }
    menu.append_section(Some(&gettext("Show")), &kinds);
    menu
}

/// The buttons that choose the overview's view.
pub(super) fn view_buttons() -> gtk::Box {
    let linked = gtk::Box::new(gtk::Orientation::Horizontal, 0);
    linked.add_css_class("linked");
    let buttons = [
        (View::Gallery, "view-grid-symbolic", gettext("Pictures")),
        (
            View::List,
            "view-list-symbolic",
            gettext("List with graphs"),
        ),
    ];
    for (view, icon, name) in buttons {
        let button: gtk::ToggleButton = oriel_ui_kit::a11y::named("GtkToggleButton", &name);
        button.set_icon_name(icon);
        button.set_tooltip_text(Some(&name));
        button.set_action_target(Some(view.id()));
        button.set_action_name(Some("win.view"));
        linked.append(&button);
    }
    linked
}
