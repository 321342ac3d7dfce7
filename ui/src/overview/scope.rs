// SPDX-License-Identifier: GPL-3.0-or-later
//! Which guests are shown, how, and what comes of their changes.

use relm4::adw::prelude::*;
use relm4::{ComponentSender, gtk};

use super::messages::{OverviewOutput, View};
use super::sorting::{Kind, SortBy};
use super::{Overview, OverviewWidgets};
use crate::listing::entry_of;
use crate::sidebar::Selected;

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
}
