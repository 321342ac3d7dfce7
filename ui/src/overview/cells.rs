// SPDX-License-Identifier: GPL-3.0-or-later
//! The widgets of guests in the overview: a picture with words below it, or a row with graphs.
//! They are made once for each place on the screen and filled with whatever guest is there.

use std::cell::{Cell as StateCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use oriel::guest::DomainState;
use oriel_ui_kit::i18n::{gettext, gettext_f};
use oriel_ui_kit::sparkline::Sparkline;
use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, glib, pango};

use super::figures::{self, Figures};
use super::messages::View;
use crate::engine::GuestKey;
use crate::listing::{GuestEntry, entry_of};
use crate::words::rows::{Lock, brightness, guest_line, state_icon};

/// How many values a sparkline shows.
pub const SLOTS: usize = 40;

/// The height of a picture in the gallery, in pixels.
const PICTURE_HEIGHT: i32 = 150;

/// The least width of a row's name, in pixels: in a narrow window the columns go out of sight.
const NAME: i32 = 170;

/// The widths of a row's columns behind the name, in pixels.
pub const COLUMNS: [i32; 4] = [150, 90, 110, 110];

/// The places that guests have on the screen, and in what is kept ready around it.
pub type Places = Rc<RefCell<HashMap<GuestKey, Place>>>;

/// A guest's place.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its widgets.
    pub cell: Rc<Cell>,
    /// Its item in the listing.
    pub object: glib::Object,
}

/// The widgets of one guest.
#[derive(Debug)]
pub enum Cell {
    /// In the gallery.
    Tile(Tile),
    /// In the list.
    Row(Row),
}

impl Cell {
    /// Its outermost widget.
    pub fn widget(&self) -> &gtk::Box {
        match self {
            Self::Tile(tile) => &tile.root,
            Self::Row(row) => &row.root,
        }
    }

    /// Shows a guest as it is.
    pub fn fill(&self, entry: &GuestEntry) {
        match self {
            Self::Tile(tile) => tile.fill(entry),
            Self::Row(row) => row.fill(entry),
        }
    }

    /// Shows what it uses.
    pub fn show_figures(&self, figures: Option<&Figures>) {
        if let Self::Row(row) = self {
            row.show_figures(figures);
        }
    }

    /// Shows a picture of its screen, or none.
    pub fn show_picture(&self, picture: Option<&gdk::Texture>) {
        if let Self::Tile(tile) = self {
            // One that was under way when its guest went off shows what is not there any more.
            let picture = picture.filter(|_| tile.active.get());
            tile.picture.set_paintable(picture);
            tile.show(picture.is_some());
        }
    }
}

/// Makes and fills the cells of a view; `places` then holds those of guests.
pub fn factory(view: View, places: &Places) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    let cells: Rc<RefCell<HashMap<gtk::ListItem, Rc<Cell>>>> = Rc::default();
    let made = Rc::clone(&cells);
    factory.connect_setup(move |_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let cell = match view {
            View::Gallery => Cell::Tile(Tile::new()),
            View::List => Cell::Row(Row::new()),
        };
        item.set_child(Some(cell.widget()));
        made.borrow_mut().insert(item.clone(), Rc::new(cell));
    });
    let torn = Rc::clone(&cells);
    factory.connect_teardown(move |_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            torn.borrow_mut().remove(item);
        }
    });
    let (known, bound) = (Rc::clone(&cells), Rc::clone(places));
    factory.connect_bind(move |_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let Some(cell) = known.borrow().get(item).cloned() else {
            return;
        };
        let Some(object) = item.item() else { return };
        let Some(entry) = entry_of(&object) else {
            return;
        };
        if let Some(guest) = entry.as_guest() {
            cell.show_picture(None);
            cell.show_figures(None);
            cell.fill(guest);
            let place = Place {
                cell,
                object: object.clone(),
            };
            bound.borrow_mut().insert(guest.key, place);
        }
    });
    let unbound = Rc::clone(places);
    factory.connect_unbind(move |_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let Some(object) = item.item() else { return };
        if let Some(entry) = entry_of(&object)
            && let Some(guest) = entry.as_guest()
        {
            let mut places = unbound.borrow_mut();
            // It may have got another place before it lost this one.
            let here = cells.borrow().get(item).cloned();
            if let (Some(there), Some(here)) = (places.get(&guest.key), here)
                && Rc::ptr_eq(&there.cell, &here)
            {
                places.remove(&guest.key);
            }
        }
    });
    factory
}

fn label() -> gtk::Label {
    gtk::Label::builder()
        .xalign(0.0)
        .ellipsize(pango::EllipsizeMode::End)
        .build()
}

fn caption() -> gtk::Label {
    let label = label();
    label.add_css_class("dim-label");
    label.add_css_class("caption");
    label
}

/// What an icon shows stands in words beside it.
fn decoration() -> gtk::Image {
    gtk::Image::builder()
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build()
}

/// A guest in the gallery.
#[derive(Debug)]
pub struct Tile {
    root: gtk::Box,
    stack: gtk::Stack,
    picture: gtk::Picture,
    icon: gtk::Image,
    /// Over a picture that does not move, why.
    badge: gtk::Image,
    /// Whether there is a screen to show.
    active: StateCell<bool>,
    name: gtk::Label,
    line: gtk::Label,
    lock: gtk::Image,
}

impl Tile {
    fn new() -> Self {
        let picture = gtk::Picture::builder()
            .content_fit(gtk::ContentFit::Contain)
            .can_shrink(true)
            .build();
        let icon = decoration();
        icon.set_icon_size(gtk::IconSize::Large);
        let stack = gtk::Stack::builder()
            .height_request(PICTURE_HEIGHT)
            .overflow(gtk::Overflow::Hidden)
            .css_classes(["screen", "no-picture"])
            .build();
        stack.add_named(&icon, Some("none"));
        let badge = decoration();
        badge.set_icon_size(gtk::IconSize::Large);
        badge.add_css_class("badge");
        badge.set_halign(gtk::Align::Center);
        badge.set_valign(gtk::Align::Center);
        let screen = gtk::Overlay::new();
        screen.set_child(Some(&picture));
        screen.add_overlay(&badge);
        stack.add_named(&screen, Some("picture"));
        let (name, line, lock) = (label(), caption(), decoration());
        name.add_css_class("heading");
        name.set_hexpand(true);
        let top = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        top.append(&name);
        top.append(&lock);
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(6)
            .width_request(220)
            .css_classes(["tile"])
            .build();
        root.append(&stack);
        root.append(&top);
        root.append(&line);
        Self {
            root,
            stack,
            picture,
            icon,
            badge,
            active: StateCell::default(),
            name,
            line,
            lock,
        }
    }

    /// Shows the picture, or that there is none.
    fn show(&self, picture: bool) {
        let child = if picture { "picture" } else { "none" };
        self.stack.set_visible_child_name(child);
        if picture {
            self.stack.remove_css_class("no-picture");
        } else {
            self.stack.add_css_class("no-picture");
        }
    }

    fn fill(&self, entry: &GuestEntry) {
        let guest = entry.guest.borrow();
        let secret = entry.secret.get();
        let name = guest.display_name();
        self.icon.set_icon_name(Some(state_icon(guest.state)));
        self.name.set_label(&name);
        self.name.set_tooltip_text(Some(&*name));
        self.line.set_label(&guest_line(&guest, secret));
        let lock = Lock::of(&guest, secret).icon();
        self.lock.set_icon_name(lock);
        self.lock.set_visible(lock.is_some());
        self.picture
            .set_alternative_text(Some(&gettext_f("Screen of “{name}”", &[("name", &name)])));
        self.picture.set_opacity(brightness(guest.state));
        let rests = guest.state != DomainState::Running;
        self.badge.set_icon_name(Some(state_icon(guest.state)));
        self.badge.set_visible(rests);
        self.active.set(guest.state.is_active());
        if !guest.state.is_active() {
            self.picture.set_paintable(None::<&gdk::Texture>);
            self.show(false);
        }
    }
}

/// A guest in the list.
#[derive(Debug)]
pub struct Row {
    root: gtk::Box,
    icon: gtk::Image,
    name: gtk::Label,
    line: gtk::Label,
    lock: gtk::Image,
    graph: Sparkline,
    cpu: gtk::Label,
    memory: gtk::Label,
    disk: gtk::Label,
    network: gtk::Label,
}

impl Row {
    fn new() -> Self {
        let (icon, name, line, lock) = (decoration(), label(), caption(), decoration());
        let text = gtk::Box::new(gtk::Orientation::Vertical, 2);
        text.set_hexpand(true);
        text.set_width_request(NAME);
        text.append(&name);
        text.append(&line);
        let root = gtk::Box::new(gtk::Orientation::Horizontal, 10);
        root.add_css_class("overview-row");
        root.append(&icon);
        root.append(&text);
        root.append(&lock);
        let graph = Sparkline::new(SLOTS);
        graph.widget().set_hexpand(true);
        let number = || {
            gtk::Label::builder()
                .xalign(1.0)
                .css_classes(["numeric"])
                .ellipsize(pango::EllipsizeMode::End)
                .build()
        };
        let (cpu, memory, disk, network) = (number(), number(), number(), number());
        cpu.set_width_chars(5);
        let busy = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        busy.append(graph.widget());
        busy.append(&cpu);
        let columns: [gtk::Widget; 4] = [
            busy.upcast(),
            memory.clone().upcast(),
            disk.clone().upcast(),
            network.clone().upcast(),
        ];
        for (column, width) in columns.iter().zip(COLUMNS) {
            column.set_width_request(width);
            column.set_hexpand(false);
            column.set_hexpand_set(true);
            root.append(column);
        }
        Self {
            root,
            icon,
            name,
            line,
            lock,
            graph,
            cpu,
            memory,
            disk,
            network,
        }
    }

    fn fill(&self, entry: &GuestEntry) {
        let guest = entry.guest.borrow();
        let secret = entry.secret.get();
        self.icon.set_icon_name(Some(state_icon(guest.state)));
        self.name.set_label(&guest.display_name());
        self.line.set_label(&guest_line(&guest, secret));
        let lock = Lock::of(&guest, secret).icon();
        self.lock.set_icon_name(lock);
        self.lock.set_visible(lock.is_some());
        if !guest.state.is_active() {
            self.show_figures(None);
        }
    }

    fn show_figures(&self, figures: Option<&Figures>) {
        let Some(figures) = figures else {
            self.graph.set([], &gettext("Processor: not running"));
            for label in [&self.cpu, &self.memory, &self.disk, &self.network] {
                set(label, "");
            }
            return;
        };
        let cpu = figures.cpu_text();
        self.graph.set(
            figures.cpu.iter().copied(),
            &gettext_f("Processor: {busy}", &[("busy", &cpu)]),
        );
        set(&self.cpu, &cpu);
        set(&self.memory, &figures.memory_text());
        set(
            &self.disk,
            &figures::flow(figures.rates.disk_read, figures.rates.disk_written),
        );
        set(
            &self.network,
            &figures::flow(figures.rates.net_received, figures.rates.net_sent),
        );
    }
}

/// A label that says the same is not drawn again.
fn set(label: &gtk::Label, text: &str) {
    if label.label() != text {
        label.set_label(text);
    }
}
