// SPDX-License-Identifier: GPL-3.0-or-later
//! How the overview follows the guests, the person, and what is in sight.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use oriel::Error;
use oriel::stats::Reading;
use relm4::adw::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::{ComponentSender, gtk};

use super::cells::{COLUMNS, Cell as GuestCell};
use super::messages::{OverviewOutput, View};
use super::sorting::{Kind, Shown, SortBy};
use super::{Overview, OverviewWidgets, guests_of_all};
use super::{helpers, watchers};
use crate::engine::{Action, ConnectionId, GuestKey};
use crate::listing::{GuestEntry, entry_of};
use crate::sidebar::Selected;
use oriel_ui_colour::{Painted, Picture};
use oriel_ui_kit::i18n::{gettext, ngettext_f};

/// The filter that follows `shown`.
pub(super) fn filter(shown: &Rc<RefCell<Shown>>) -> gtk::CustomFilter {
    let shown = Rc::clone(shown);
    gtk::CustomFilter::new(move |object| {
        entry_of(object).is_some_and(|entry| {
            entry
                .as_guest()
                .is_some_and(|guest| shown.borrow().holds(guest))
        })
    })
}

/// The sorter that follows `order`.
pub(super) fn sorter(order: &Rc<Cell<SortBy>>) -> gtk::CustomSorter {
    let order = Rc::clone(order);
    gtk::CustomSorter::new(move |a, b| {
        let (Some(a), Some(b)) = (entry_of(a), entry_of(b)) else {
            return gtk::Ordering::Equal;
        };
        match (a.as_guest(), b.as_guest()) {
            (Some(a), Some(b)) => order.get().order(a, b).into(),
            _ => gtk::Ordering::Equal,
        }
    })
}

/// The guests in their order.
pub(super) fn model(
    roots: &gio::ListStore,
    filter: &gtk::CustomFilter,
    sorter: &gtk::CustomSorter,
) -> gtk::NoSelection {
    let shown = gtk::FilterListModel::new(Some(guests_of_all(roots)), Some(filter.clone()));
    let ordered = gtk::SortListModel::new(Some(shown), Some(sorter.clone()));
    gtk::NoSelection::new(Some(ordered))
}

/// Keeps `stores` a list of the guests' lists of the connections in `roots`.
pub(super) fn mirror(roots: &gio::ListStore, stores: &gio::ListStore) {
    let fill = |roots: &gio::ListStore, stores: &gio::ListStore| {
        let lists: Vec<gio::ListModel> = (0..roots.n_items())
            .filter_map(|place| {
                let object = roots.item(place)?;
                let entry = entry_of(&object)?;
                Some(entry.as_connection()?.guests.clone().upcast())
            })
            .collect();
        stores.splice(0, stores.n_items(), &lists);
    };
    fill(roots, stores);
    let weak = stores.downgrade();
    roots.connect_items_changed(move |roots, _, _, _| {
        if let Some(stores) = weak.upgrade() {
            fill(roots, &stores);
        }
    });
}

/// The names of the list's columns.
pub(super) fn head() -> gtk::Box {
    let head = gtk::Box::new(gtk::Orientation::Horizontal, 10);
    head.add_css_class("overview-head");
    let column = |text: &str, align: f32| {
        gtk::Label::builder()
            .label(text)
            .xalign(align)
            .css_classes(["caption-heading", "dim-label"])
            .build()
    };
    let name = column(&gettext("Name"), 0.0);
    name.set_hexpand(true);
    head.append(&name);
    let texts = [
        gettext("Processor"),
        gettext("Memory"),
        gettext("Disk"),
        gettext("Network"),
    ];
    for (text, width) in texts.iter().zip(COLUMNS) {
        let label = column(text, 1.0);
        label.set_width_request(width);
        head.append(&label);
    }
    head
}

impl Overview {
    /// Gives the view on show the guests, and the other one none: what nobody sees costs nothing.
    pub(super) fn attach(&self, widgets: &OverviewWidgets) {
        let none = None::<&gtk::NoSelection>;
        match self.view {
            View::Gallery => {
                widgets.list.set_model(none);
                widgets.gallery.set_model(Some(&self.model));
            }
            View::List => {
                widgets.gallery.set_model(none);
                widgets.list.set_model(Some(&self.model));
            }
        }
        self.show_stack(widgets);
    }

    fn show_stack(&self, widgets: &OverviewWidgets) {
        let name = match self.model.n_items() {
            0 if self.shown.borrow().narrows() => "nothing",
            _ => self.view.id(),
        };
        if widgets.stack.visible_child_name().as_deref() != Some(name) {
            widgets.stack.set_visible_child_name(name);
        }
    }

    /// Shows the guests of a selection.
    pub(super) fn set_scope(
        &mut self,
        scope: Selected,
        widgets: &OverviewWidgets,
        sender: &ComponentSender<Self>,
    ) {
        self.shown.borrow_mut().set_scope(&scope);
        self.scope = scope;
        self.filter.changed(gtk::FilterChange::Different);
        self.fill_bar(widgets, sender);
    }

    /// Shows those that fit a text.
    pub(super) fn search_for(&self, text: String) {
        self.shown.borrow_mut().text = text;
        self.filter.changed(gtk::FilterChange::Different);
    }

    /// Shows one kind of guests.
    pub(super) fn set_kind(&self, kind: Kind) {
        self.shown.borrow_mut().kind = kind;
        self.filter.changed(gtk::FilterChange::Different);
    }

    /// Shows guests as pictures or as rows.
    pub(super) fn set_view(&mut self, view: View, widgets: &OverviewWidgets) {
        if self.view != view {
            self.view = view;
            self.attach(widgets);
        }
    }

    /// Orders guests.
    pub(super) fn sort(&self, by: SortBy) {
        self.order.set(by);
        self.sorter.changed(gtk::SorterChange::Different);
    }

    /// Guests are no longer as they were: what is shown by that is looked at again.
    pub(super) fn guests_changed(
        &mut self,
        widgets: &OverviewWidgets,
        sender: &ComponentSender<Self>,
    ) {
        if self.shown.borrow().narrows() {
            self.filter.changed(gtk::FilterChange::Different);
        }
        if matches!(self.order.get(), SortBy::State | SortBy::Memory) {
            self.sorter.changed(gtk::SorterChange::Different);
        }
        self.for_each_place(|_, cell, entry| cell.fill(entry));
        self.fill_bar(widgets, sender);
        self.moved(widgets, sender);
    }

    /// Other rows may be in sight, or none at all.
    pub(super) fn moved(&mut self, widgets: &OverviewWidgets, sender: &ComponentSender<Self>) {
        self.show_stack(widgets);
        self.plan_look(sender);
    }

    /// Opens a guest.
    pub(super) fn activated(&self, position: u32, sender: &ComponentSender<Self>) {
        let key = self.model.item(position).and_then(|object| {
            let entry = entry_of(&object)?;
            entry.as_guest().map(|guest| guest.key)
        });
        if let Some(key) = key {
            let _ = sender.output(OverviewOutput::Chosen(key));
        }
    }

    /// Takes over a picture. One that fails now and then keeps the last one.
    pub(super) fn picture(&mut self, key: GuestKey, taken: Result<Option<Picture>, Error>) {
        let Ok(Some(picture)) = taken else { return };
        if let Some(place) = self.places.borrow().get(&key) {
            place.cell.show_picture(Some(&picture.painted.texture));
        }
        self.pictures.insert(key, picture);
    }

    /// Has the pictures in sight painted again; the others are dropped, to be taken anew.
    pub(super) fn repaint(&mut self, sender: &ComponentSender<Self>) {
        self.pictures.retain(|key, _| self.in_sight.contains(key));
        let colours = self.engine.colours();
        for (key, picture) in &self.pictures {
            self.tasks.spawn(watchers::repaint(
                *key,
                picture.original.clone(),
                colours.clone(),
                sender.command_sender().clone(),
            ));
        }
    }

    /// Takes over a picture that was painted again, unless there is a newer one.
    pub(super) fn repainted(&mut self, key: GuestKey, painted: Painted) {
        let Some(picture) = self.pictures.get_mut(&key) else {
            return;
        };
        if picture.painted.serial > painted.serial {
            return;
        }
        picture.painted = painted;
        if let Some(place) = self.places.borrow().get(&key) {
            place.cell.show_picture(Some(&picture.painted.texture));
        }
    }

    /// Takes over figures.
    pub(super) fn take_figures(&mut self, connection: ConnectionId, reading: &Reading) {
        for (uuid, counters) in reading.iter() {
            let key = GuestKey {
                connection,
                uuid: *uuid,
            };
            self.figures.entry(key).or_default().take(*counters);
        }
        self.for_each_place(|key, cell, entry| {
            if key.connection == connection && reading.contains_key(&key.uuid) {
                let figures = self.figures.get(&key);
                if entry.guest.borrow().state.is_active() {
                    cell.show_figures(figures);
                }
            }
        });
        if self.order.get().needs_figures() {
            self.rank_by_figures();
        }
    }

    /// Puts the busiest first again.
    fn rank_by_figures(&self) {
        for object in self.model.iter::<glib::Object>().flatten() {
            let Some(entry) = entry_of(&object) else {
                continue;
            };
            if let Some(guest) = entry.as_guest() {
                let figures = self.figures.get(&guest.key);
                let busy = figures.and_then(|it| it.rates.cpu).unwrap_or(0.0);
                guest.busy.set(busy);
            }
        }
        self.sorter.changed(gtk::SorterChange::Different);
    }

    /// Does something with each guest that has a place.
    pub(super) fn for_each_place(&self, mut todo: impl FnMut(GuestKey, &GuestCell, &GuestEntry)) {
        for (key, place) in self.places.borrow().iter() {
            if let Some(entry) = entry_of(&place.object)
                && let Some(guest) = entry.as_guest()
            {
                todo(*key, &place.cell, guest);
            }
        }
    }

    /// The buttons for what can be done with several guests.
    fn fill_bar(&mut self, widgets: &OverviewWidgets, sender: &ComponentSender<Self>) {
        let keys = self.scope.guests();
        let states = self.states_in_scope();
        let fits = |action: Action| states.iter().any(|state| action.fits(*state));
        let offered: Vec<_> = helpers::together()
            .filter(|(action, _)| fits(*action))
            .collect();
        let shows = (keys.to_vec(), offered.iter().map(|it| it.0).collect());
        if self.bar_shows == shows {
            // A button that is being pressed must stay.
            return;
        }
        while let Some(child) = widgets.bar.first_child() {
            widgets.bar.remove(&child);
        }
        if keys.len() < 2 {
            self.bar_shows = shows;
            return;
        }
        let text = ngettext_f("{number} selected", "{number} selected", keys.len(), &[]);
        let count = gtk::Label::builder()
            .label(&text)
            .xalign(0.0)
            .margin_start(6)
            .css_classes(["dim-label"])
            .build();
        widgets.bar.append(&count);
        // In a narrow window they take several lines.
        let buttons = gtk::FlowBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .hexpand(true)
            .max_children_per_line(6)
            .column_spacing(6)
            .row_spacing(6)
            .build();
        widgets.bar.append(&buttons);
        for (action, label) in offered {
            let button = gtk::Button::with_mnemonic(&gettext(label));
            if action.is_dangerous() {
                button.add_css_class("destructive-action");
            }
            let (output, keys) = (sender.output_sender().clone(), keys.to_vec());
            button.connect_clicked(move |_| {
                output.emit(OverviewOutput::Wanted(keys.clone(), action));
            });
            let place = gtk::FlowBoxChild::builder()
                .focusable(false)
                .child(&button)
                .build();
            buttons.append(&place);
        }
        self.bar_shows = shows;
    }

    fn states_in_scope(&self) -> Vec<oriel::guest::DomainState> {
        let of = |object: glib::Object| {
            let entry = entry_of(&object)?;
            let state = entry.as_guest()?.guest.borrow().state;
            Some(state)
        };
        let objects = self.model.iter::<glib::Object>().flatten();
        objects.filter_map(of).collect()
    }
}
