// SPDX-License-Identifier: GPL-3.0-or-later
//! Rows of names and values, made again only where they say something else.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use oriel_words::shown::{shown, shown_lines};
use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use super::messages::MonitorsMsg;

/// The longest value that stands beside its name, in letters.
const BESIDE: usize = 20;

/// What a row says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub title: String,
    /// More of that.
    pub subtitle: String,
    /// A short value at its end.
    pub value: String,
    /// An icon before it: its name, and its style.
    pub icon: Option<(&'static str, &'static str)>,
}

/// Rows at the end of a group.
#[derive(Debug)]
pub struct Rows {
    group: adw::PreferencesGroup,
    shown: RefCell<Vec<Row>>,
    widgets: RefCell<Vec<adw::ActionRow>>,
}

impl Rows {
    /// None yet.
    pub fn new(group: &adw::PreferencesGroup) -> Self {
        Self {
            group: group.clone(),
            shown: RefCell::default(),
            widgets: RefCell::default(),
        }
    }

    /// Shows these.
    pub fn show(&self, rows: Vec<Row>) {
        if *self.shown.borrow() == rows {
            return;
        }
        for row in self.widgets.take() {
            self.group.remove(&row);
        }
        let made = rows.iter().map(|row| {
            let made = row.widget();
            self.group.add(&made);
            made
        });
        self.widgets.replace(made.collect());
        self.shown.replace(rows);
    }
}

impl Row {
    /// A name with its value: beside it, or below where it is long.
    pub fn value(title: String, value: String) -> Self {
        let long = value.chars().count() > BESIDE;
        let (value, subtitle) = if long {
            (String::new(), value)
        } else {
            (value, String::new())
        };
        Self {
            title,
            subtitle,
            value,
            icon: None,
        }
    }

    fn widget(&self) -> adw::ActionRow {
        let row = action_row(&self.title, &self.subtitle);
        if let Some((icon, class)) = self.icon {
            let icon = gtk::Image::from_icon_name(icon);
            if !class.is_empty() {
                icon.add_css_class(class);
            }
            row.add_prefix(&icon);
        }
        if !self.value.is_empty() {
            let value = gtk::Label::builder()
                .label(shown_lines(&self.value))
                .xalign(1.0)
                .build();
            value.add_css_class("dim-label");
            value.add_css_class("numeric");
            row.add_suffix(&value);
        }
        row
    }
}

/// A row that shows all of its texts, as they are.
pub fn action_row(title: &str, subtitle: &str) -> adw::ActionRow {
    adw::ActionRow::builder()
        .use_markup(false)
        .title(shown(title))
        .subtitle(shown_lines(subtitle))
        .title_lines(0)
        .subtitle_lines(0)
        .build()
}

/// A row that does something when it is clicked at.
pub fn button_row(
    icon: &str,
    title: &str,
    out: &Sender<MonitorsMsg>,
    message: impl Fn() -> MonitorsMsg + 'static,
) -> adw::ActionRow {
    let row = action_row(title, "");
    row.add_prefix(&gtk::Image::from_icon_name(icon));
    row.set_activatable(true);
    let out = out.clone();
    row.connect_activated(move |_| out.emit(message()));
    row
}

/// A row with a list to choose from, which can be set without telling.
#[derive(Clone, Debug)]
pub struct ChoiceRow {
    /// The row.
    pub row: adw::ComboRow,
    quiet: Rc<Cell<bool>>,
    names: Rc<RefCell<Vec<String>>>,
}

impl ChoiceRow {
    /// A row that says to `out` what is chosen.
    pub fn new(
        title: &str,
        names: &[String],
        out: &Sender<MonitorsMsg>,
        message: impl Fn(u32) -> MonitorsMsg + 'static,
    ) -> Self {
        let row = adw::ComboRow::builder()
            .use_markup(false)
            .title(title)
            .title_lines(0)
            .subtitle_lines(0)
            .build();
        // libadwaita cuts what is chosen after twenty letters; its list, with the tick at what is
        // chosen, stays.
        row.set_list_factory(row.factory().as_ref());
        row.set_factory(Some(&whole_names()));
        let it = Self {
            row,
            quiet: Rc::default(),
            names: Rc::default(),
        };
        it.offer(names);
        let (quiet, out) = (Rc::clone(&it.quiet), out.clone());
        it.row.connect_selected_notify(move |row| {
            if !quiet.get() && row.selected() != gtk::INVALID_LIST_POSITION {
                out.emit(message(row.selected()));
            }
        });
        it
    }

    /// Offers these to choose from.
    pub fn offer(&self, names: &[String]) {
        if *self.names.borrow() == names {
            return;
        }
        self.names.replace(names.to_vec());
        let words: Vec<&str> = names.iter().map(String::as_str).collect();
        self.quiet.set(true);
        self.row.set_model(Some(&gtk::StringList::new(&words)));
        self.quiet.set(false);
    }

    /// Shows what is chosen.
    pub fn set(&self, place: Option<usize>) {
        let place = place.and_then(|it| u32::try_from(it).ok());
        let place = place.unwrap_or(gtk::INVALID_LIST_POSITION);
        if self.row.selected() != place {
            self.quiet.set(true);
            self.row.set_selected(place);
            self.quiet.set(false);
        }
    }
}

/// Shows each string of a list in full.
fn whole_names() -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(|_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            item.set_child(Some(&gtk::Label::new(None)));
        }
    });
    factory.connect_bind(|_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let label = item.child().and_downcast::<gtk::Label>();
        let name = item.item().and_downcast::<gtk::StringObject>();
        if let (Some(label), Some(name)) = (label, name) {
            label.set_label(&shown(&name.string()));
        }
    });
    factory
}

/// A group with a title; an empty one for none.
pub fn group(title: &str, description: &str) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::new();
    group.set_title(title);
    if !description.is_empty() {
        group.set_description(Some(description));
    }
    group
}

/// A page that scrolls, with its content in the middle.
pub fn page(content: &gtk::Widget) -> gtk::ScrolledWindow {
    let clamp = adw::Clamp::builder()
        .maximum_size(760)
        .margin_top(12)
        .margin_bottom(24)
        .margin_start(12)
        .margin_end(12)
        .child(content)
        .build();
    gtk::ScrolledWindow::builder()
        .hscrollbar_policy(gtk::PolicyType::Never)
        .vexpand(true)
        .child(&clamp)
        .build()
}
