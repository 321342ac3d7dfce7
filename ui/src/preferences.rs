// SPDX-License-Identifier: GPL-3.0-or-later
//! The preferences: how the window looks, how often it looks at guests, how photos are shown, and
//! which connections it knows.

use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{Sender, adw, gtk};

use crate::settings::{Scheme, Settings};
use crate::shell::WindowMsg;
use crate::words::rows::connection_name;
use oriel_ui_colour::Colours;
use oriel_ui_colour::photo::preferences as photos;
use oriel_ui_kit::i18n::{gettext, gettext_f, mark};
use oriel_ui_kit::{a11y, rows};

/// What the schemes are called, in their order.
const SCHEMES: [&str; 3] = [mark("Follow System"), mark("Light"), mark("Dark")];

/// A change that the person made.
#[derive(Debug)]
pub enum Preference {
    /// Light or dark.
    Scheme(Scheme),
    /// Seconds between pictures in the gallery; 0 takes none.
    Pictures(u32),
    /// Seconds between figures.
    Figures(u32),
    /// Whether this connection is opened at the start.
    AtStart(String, bool),
    /// This connection is not to be known any more.
    Forget(String),
}

/// Shows the preferences over `parent`, as they are now.
///
/// No `adw::PreferencesWindow`: that of libadwaita 1.2 searches its pages by a model of their
/// rows, and keeps the rows when it is freed, about 280 KiB each time it is opened.
pub fn show(
    parent: &impl IsA<gtk::Window>,
    settings: &Settings,
    colours: &Colours,
    out: &Sender<WindowMsg>,
) {
    let stack = adw::ViewStack::builder().vexpand(true).build();
    let toasts = adw::ToastOverlay::new();
    toasts.set_child(Some(&stack));
    for (page, name) in [
        (general(settings, out), "general"),
        (photos::page(parent, colours), "photos"),
        (connections(settings, &toasts, out), "connections"),
    ] {
        let (title, icon) = (page.title(), page.icon_name());
        let in_stack = stack.add_titled(&page, Some(name), &title);
        in_stack.set_icon_name(icon.as_deref());
    }
    let title = gettext("Preferences");
    let switcher = adw::ViewSwitcherTitle::builder()
        .stack(&stack)
        .title(&title)
        .build();
    let header = adw::HeaderBar::builder()
        .title_widget(&switcher)
        .centering_policy(adw::CenteringPolicy::Strict)
        .build();
    let below = adw::ViewSwitcherBar::builder()
        .reveal(true)
        .stack(&stack)
        .build();
    // Not its `reveal`: GTK 4.18 gives tabs that fold without animations less than no room.
    switcher
        .bind_property("title-visible", &below, "visible")
        .sync_create()
        .build();
    let body = gtk::Box::new(gtk::Orientation::Vertical, 0);
    body.append(&header);
    body.append(&toasts);
    body.append(&below);
    let window = adw::Window::builder()
        .modal(true)
        .transient_for(parent)
        .destroy_with_parent(true)
        .default_width(560)
        .default_height(560)
        .title(&title)
        .content(&body)
        .build();
    let keys = gtk::ShortcutController::new();
    keys.add_shortcut(gtk::Shortcut::new(
        gtk::ShortcutTrigger::parse_string("Escape"),
        Some(gtk::NamedAction::new("window.close")),
    ));
    window.add_controller(keys);
    window.present();
}

fn general(settings: &Settings, out: &Sender<WindowMsg>) -> adw::PreferencesPage {
    let page = adw::PreferencesPage::builder()
        .title(gettext("General"))
        .icon_name("preferences-system-symbolic")
        .build();
    let look = adw::PreferencesGroup::builder()
        .title(gettext("Appearance"))
        .build();
    let names: Vec<String> = SCHEMES.iter().map(|name| gettext(*name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let scheme = adw::ComboRow::builder()
        .title(gettext("Style"))
        .model(&gtk::StringList::new(&names))
        .build();
    let chosen = Scheme::ALL.iter().position(|one| *one == settings.scheme);
    scheme.set_selected(chosen.and_then(|it| u32::try_from(it).ok()).unwrap_or(0));
    let sender = out.clone();
    scheme.connect_selected_notify(move |row| {
        let number = usize::try_from(row.selected()).unwrap_or(0);
        let scheme = Scheme::ALL.get(number).copied().unwrap_or_default();
        sender.emit(WindowMsg::Preferred(Preference::Scheme(scheme)));
    });
    look.add(&scheme);
    page.add(&look);
    let live = adw::PreferencesGroup::builder()
        .title(gettext("Live View"))
        .description(gettext("Only visible machines are refreshed."))
        .build();
    let sender = out.clone();
    live.add(&seconds(
        &gettext("Pictures in the Gallery"),
        &gettext("Refresh interval in seconds, 0 to turn off"),
        (0, settings.picture_interval),
        move |value| sender.emit(WindowMsg::Preferred(Preference::Pictures(value))),
    ));
    let sender = out.clone();
    live.add(&seconds(
        &gettext("Graphs in the List"),
        &gettext("Refresh interval in seconds"),
        (1, settings.figure_interval),
        move |value| sender.emit(WindowMsg::Preferred(Preference::Figures(value))),
    ));
    page.add(&live);
    page
}

/// Tells that a connection is not known any more, and takes that back where the person wants it.
fn removed(uri: &str, undo: impl Fn(String) + 'static) -> adw::Toast {
    let name = connection_name(uri);
    let said = gettext_f("“{name}” removed", &[("name", &name)]);
    // A toast reads its title as markup.
    let toast = adw::Toast::builder()
        .title(glib::markup_escape_text(&said))
        .button_label(gettext("Undo"))
        .build();
    let uri = uri.to_owned();
    toast.connect_button_clicked(move |_| undo(uri.clone()));
    toast
}

/// A row with a number of seconds up to a minute, from the least that makes sense.
fn seconds(
    title: &str,
    subtitle: &str,
    (least, value): (u32, u32),
    changed: impl Fn(u32) + 'static,
) -> adw::ActionRow {
    let number: gtk::SpinButton = a11y::named("GtkSpinButton", title);
    number.set_adjustment(&gtk::Adjustment::new(
        value.into(),
        least.into(),
        60.0,
        1.0,
        5.0,
        0.0,
    ));
    number.set_numeric(true);
    number.set_valign(gtk::Align::Center);
    number.connect_value_changed(move |number| {
        changed(u32::try_from(number.value_as_int()).unwrap_or(0));
    });
    let row = adw::ActionRow::builder()
        .title(title)
        .subtitle(subtitle)
        .subtitle_lines(0)
        .activatable_widget(&number)
        .build();
    row.add_suffix(&number);
    row
}

fn connections(
    settings: &Settings,
    toasts: &adw::ToastOverlay,
    out: &Sender<WindowMsg>,
) -> adw::PreferencesPage {
    let page = adw::PreferencesPage::builder()
        .title(gettext("Connections"))
        .icon_name("network-server-symbolic")
        .build();
    let group = adw::PreferencesGroup::builder()
        .title(gettext("Connect at Start"))
        .build();
    if settings.connections.is_empty() {
        group.set_description(Some(&gettext(
            "No connections yet. Add one from the main menu.",
        )));
    }
    for known in &settings.connections {
        let (row, switch) = rows::switch_row(&connection_name(&known.uri), &known.uri);
        switch.set_active(known.at_start);
        let (sender, uri) = (out.clone(), known.uri.clone());
        switch.connect_active_notify(move |switch| {
            let change = Preference::AtStart(uri.clone(), switch.is_active());
            sender.emit(WindowMsg::Preferred(change));
        });
        let forget = a11y::icon_button("user-trash-symbolic", &gettext("Remove Connection"));
        forget.set_valign(gtk::Align::Center);
        forget.add_css_class("flat");
        let (sender, uri) = (out.clone(), known.uri.clone());
        let (weak_row, weak_switch) = (row.downgrade(), switch.downgrade());
        let (weak_toasts, weak_group) = (toasts.downgrade(), group.downgrade());
        forget.connect_clicked(move |_| {
            let (Some(row), Some(group), Some(toasts)) = (
                weak_row.upgrade(),
                weak_group.upgrade(),
                weak_toasts.upgrade(),
            ) else {
                return;
            };
            sender.emit(WindowMsg::Preferred(Preference::Forget(uri.clone())));
            group.remove(&row);
            let (sender, uri, weak_switch) = (sender.clone(), uri.clone(), weak_switch.clone());
            let weak_group = weak_group.clone();
            toasts.add_toast(removed(&uri, move |uri| {
                let at_start = weak_switch.upgrade().is_some_and(|it| it.is_active());
                sender.emit(WindowMsg::Connect(uri, at_start));
                if let Some(group) = weak_group.upgrade() {
                    group.add(&row);
                }
            }));
        });
        row.add_suffix(&forget);
        group.add(&row);
    }
    page.add(&group);
    page
}
