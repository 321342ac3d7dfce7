// SPDX-License-Identifier: GPL-3.0-or-later
//! How photos are shown: the three settings that Firefox has, with the same meaning.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use oriel_colour::profile::Intent;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use oriel_ui_kit::a11y;
use oriel_ui_kit::i18n::{gettext, mark};
use oriel_words::shown::shown;

use super::switches::{INTENTS, choose, chosen, combo};
use crate::{Colours, PhotoMode, PhotoSettings};

/// What the modes are called, in their order.
const MODES: [&str; 3] = [mark("None"), mark("All"), mark("Those with a profile")];

/// The page of the preferences. What is chosen counts at once, in all windows.
pub fn page(parent: &impl IsA<gtk::Window>, colours: &Colours) -> adw::PreferencesPage {
    let photos = &colours.settings().borrow().photos.clone();
    let page = adw::PreferencesPage::builder()
        .title(gettext("Photos"))
        .icon_name("image-x-generic-symbolic")
        .build();
    let group = adw::PreferencesGroup::builder()
        .title(gettext("Color"))
        .description(gettext("Can be overridden per photo"))
        .build();
    group.add(&mode(photos, colours));
    group.add(&intent(photos, colours));
    group.add(&display(parent, photos, colours));
    page.add(&group);
    page
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| gettext(*text)).collect()
}

fn mode(photos: &PhotoSettings, colours: &Colours) -> adw::ComboRow {
    let names = texts(&MODES);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let row = combo(&gettext("Convert to the Monitor’s Colors"), &names);
    row.set_subtitle(&gettext("“All” takes those without a profile for sRGB."));
    row.set_subtitle_lines(0);
    row.set_title_lines(0);
    let now = PhotoMode::ALL.iter().position(|one| *one == photos.mode);
    choose(&row, now.unwrap_or(0));
    let colours = colours.clone();
    row.connect_selected_notify(move |row| {
        let mode = PhotoMode::ALL.get(chosen(row)).copied().unwrap_or_default();
        colours.set(|all| all.photos.mode = mode);
    });
    row
}

fn intent(photos: &PhotoSettings, colours: &Colours) -> adw::ComboRow {
    let mut names = texts(&INTENTS);
    names.push(gettext("The photo’s own"));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let row = combo(&gettext("Rendering Intent"), &names);
    row.set_subtitle(&gettext(
        "What happens to colors that the monitor can’t show.",
    ));
    row.set_subtitle_lines(0);
    let now = photos
        .intent
        .and_then(|intent| Intent::ALL.iter().position(|one| *one == intent));
    choose(&row, now.unwrap_or(INTENTS.len()));
    let colours = colours.clone();
    row.connect_selected_notify(move |row| {
        let intent = Intent::ALL.get(chosen(row)).copied();
        colours.set(|all| all.photos.intent = intent);
    });
    row
}

/// The row with the profile's file, and its two buttons.
fn display(
    parent: &impl IsA<gtk::Window>,
    photos: &PhotoSettings,
    colours: &Colours,
) -> adw::ActionRow {
    let row = adw::ActionRow::builder()
        .title(gettext("Display Profile"))
        .title_lines(0)
        .subtitle_lines(0)
        .use_markup(false)
        .build();
    let pick = a11y::icon_button("document-open-symbolic", &gettext("Choose a Profile…"));
    let clear = a11y::icon_button("edit-clear-symbolic", &gettext("The monitor’s own again"));
    for button in [&clear, &pick] {
        button.set_valign(gtk::Align::Center);
        button.add_css_class("flat");
        row.add_suffix(button);
    }
    show(&row, &clear, photos.display_profile.as_deref());
    let (weak_row, weak_clear, colours) = (row.downgrade(), clear.downgrade(), colours.clone());
    let set = Rc::new(move |file: Option<String>| {
        if let (Some(row), Some(clear)) = (weak_row.upgrade(), weak_clear.upgrade()) {
            show(&row, &clear, file.as_deref());
        }
        colours.set(|all| all.photos.display_profile = file);
    });
    let chosen = Rc::clone(&set);
    clear.connect_clicked(move |_| chosen(None));
    let parent = parent.as_ref().downgrade();
    // The dialog lives no longer than somebody holds it.
    let held: Rc<RefCell<Option<gtk::FileChooserNative>>> = Rc::default();
    pick.connect_clicked(move |button| {
        let over = button.root().and_downcast::<gtk::Window>();
        let chooser = gtk::FileChooserNative::new(
            Some(&gettext("Choose a Display Profile")),
            over.or_else(|| parent.upgrade()).as_ref(),
            gtk::FileChooserAction::Open,
            Some(&gettext("_Choose")),
            Some(&gettext("_Cancel")),
        );
        chooser.set_modal(true);
        let profiles = gtk::FileFilter::new();
        profiles.set_name(Some(&gettext("Color Profiles")));
        profiles.add_suffix("icc");
        profiles.add_suffix("icm");
        chooser.add_filter(&profiles);
        let set = Rc::clone(&set);
        chooser.connect_response(move |chooser, response| {
            let file = chooser.file().and_then(|file| file.path());
            if let (gtk::ResponseType::Accept, Some(file)) = (response, file) {
                set(file.to_str().map(str::to_owned));
            }
        });
        chooser.show();
        held.replace(Some(chooser));
    });
    row
}

fn show(row: &adw::ActionRow, clear: &gtk::Button, file: Option<&str>) {
    let name = file.map(|file| {
        let name = Path::new(file).file_name().unwrap_or_default();
        shown(&name.to_string_lossy()).into_owned()
    });
    let automatic = gettext("The profile of the monitor that the window is on");
    row.set_subtitle(name.as_deref().unwrap_or(&automatic));
    clear.set_visible(file.is_some());
}
