// SPDX-License-Identifier: GPL-3.0-or-later
//! Rows that the assistant's pages are made of.

use oriel::shown::{shown, shown_lines};
use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use super::messages::{AssistantMsg, FileFor};
use oriel_ui_kit::a11y;
use oriel_ui_kit::i18n::gettext;

/// A group of rows.
pub fn group(title: &str, description: &str) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::new();
    group.set_title(title);
    if !description.is_empty() {
        group.set_description(Some(description));
    }
    group
}

/// A row to type into.
pub fn entry(title: &str, out: &Sender<AssistantMsg>) -> adw::EntryRow {
    let row = adw::EntryRow::new();
    row.set_use_markup(false);
    row.set_title(title);
    row.set_activates_default(true);
    let out = out.clone();
    row.connect_changed(move |_| out.emit(AssistantMsg::Edited));
    row
}

/// A row for a path, with a button to look for the file.
pub fn path(
    title: &str,
    file: FileFor,
    out: &Sender<AssistantMsg>,
) -> (adw::EntryRow, gtk::Button) {
    let row = entry(title, out);
    let browse = a11y::icon_button(
        "document-open-symbolic",
        &match file {
            FileFor::Iso => gettext("Select ISO Image"),
            FileFor::Kernel => gettext("Select Kernel"),
            FileFor::Initrd => gettext("Select Initial Ramdisk"),
        },
    );
    browse.set_valign(gtk::Align::Center);
    browse.add_css_class("flat");
    let out = out.clone();
    browse.connect_clicked(move |_| out.emit(AssistantMsg::Browse(file)));
    row.add_suffix(&browse);
    (row, browse)
}

/// Rows of which one is chosen, the first at the beginning.
pub fn choice<const N: usize>(
    texts: [(&str, &str); N],
    out: &Sender<AssistantMsg>,
) -> [(adw::ActionRow, gtk::CheckButton); N] {
    let mut first: Option<gtk::CheckButton> = None;
    texts.map(|(title, subtitle)| {
        let check: gtk::CheckButton = a11y::named("GtkCheckButton", title);
        check.set_valign(gtk::Align::Center);
        check.set_group(first.as_ref());
        check.set_active(first.is_none());
        first.get_or_insert_with(|| check.clone());
        let changed = out.clone();
        check.connect_toggled(move |check| {
            if check.is_active() {
                changed.emit(AssistantMsg::Edited);
            }
        });
        let row = action(title, subtitle);
        row.add_prefix(&check);
        row.set_activatable_widget(Some(&check));
        (row, check)
    })
}

/// A row to choose from a list. It is one control, so that its title is what is read out where the
/// focus is.
pub fn list(title: &str) -> adw::ComboRow {
    let row = adw::ComboRow::builder()
        .title(title)
        .title_lines(0)
        .subtitle_lines(0)
        .use_markup(false)
        .build();
    // In a narrow window the chosen text is cut rather than the window made wider.
    row.set_factory(Some(&texts(gtk::pango::EllipsizeMode::End)));
    row.set_list_factory(Some(&texts(gtk::pango::EllipsizeMode::None)));
    row
}

/// Shows the texts of a list.
fn texts(ellipsize: gtk::pango::EllipsizeMode) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(move |_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            let label = gtk::Label::builder().xalign(0.0).ellipsize(ellipsize);
            item.set_child(Some(&label.build()));
        }
    });
    factory.connect_bind(|_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>()
            && let Some(label) = item.child().and_downcast::<gtk::Label>()
            && let Some(text) = item.item().and_downcast::<gtk::StringObject>()
        {
            label.set_label(&shown(&text.string()));
        }
    });
    factory
}

/// Fills a list, and chooses its first entry.
pub fn fill(list: &adw::ComboRow, texts: &[String]) {
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    list.set_model(Some(&gtk::StringList::new(&texts)));
    list.set_selected(0);
}

/// A plain row.
pub fn action(title: &str, subtitle: &str) -> adw::ActionRow {
    adw::ActionRow::builder()
        .title(title)
        .subtitle(shown_lines(subtitle))
        .title_lines(0)
        .subtitle_lines(0)
        .use_markup(false)
        .build()
}

/// A line below the rows of a group, hidden while it is empty.
pub fn line() -> gtk::Label {
    let line = gtk::Label::builder()
        .xalign(0.0)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .visible(false)
        .margin_top(6)
        .margin_start(12)
        .margin_end(12)
        .build();
    line.add_css_class("caption");
    line
}

/// Shows a text in a line; as a fault, or not.
pub fn say(line: &gtk::Label, text: &str, fault: bool) {
    line.set_label(&shown_lines(text));
    line.set_visible(!text.is_empty());
    if fault {
        line.remove_css_class("dim-label");
        line.add_css_class("error");
    } else {
        line.remove_css_class("error");
        line.add_css_class("dim-label");
    }
}
