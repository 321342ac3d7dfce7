// SPDX-License-Identifier: GPL-3.0-or-later
//! How the selection follows the person, and stays when rows move.

use std::collections::HashSet;

use relm4::ComponentSender;
use relm4::gtk;
use relm4::gtk::prelude::*;

use super::messages::Selected;
use super::{Sidebar, SidebarOutput};
use crate::engine::{ConnectionId, GuestKey};
use crate::listing::{Entry, entry_of};

impl Sidebar {
    /// Shows only guests that fit the text, which is in lower case.
    pub(super) fn search_for(&mut self, text: String, sender: &ComponentSender<Self>) {
        self.wanted.replace(text.clone());
        self.filter.changed(gtk::FilterChange::Different);
        self.restore();
        self.scroll_to_selected();
        let _ = sender.output(SidebarOutput::Sought(text));
        self.leave_hidden(sender);
    }

    /// Takes the guests out of the selection whose rows the search hides: what is done to several
    /// is done to those that can be seen. A single one has its name on its page.
    pub(super) fn leave_hidden(&mut self, sender: &ComponentSender<Self>) {
        let keys = self.selected.guests();
        if !self.marked || keys.len() < 2 {
            return;
        }
        let rows = (0..self.selection.n_items()).filter_map(|place| self.object_at(place));
        let shown: HashSet<GuestKey> = rows
            .filter_map(|object| Some(entry_of(&object)?.as_guest()?.key))
            .collect();
        let left: Vec<_> = keys
            .iter()
            .copied()
            .filter(|key| shown.contains(key))
            .collect();
        if left.is_empty() {
            self.select(Selected::All, sender);
        } else if left.len() < keys.len() {
            self.select(Selected::Guests(left), sender);
        }
    }

    /// Tells what the person selected. A selection that went with its rows says nothing.
    pub(super) fn selection_moved(&mut self, sender: &ComponentSender<Self>) {
        let Some(now) = self.read() else { return };
        if now != self.selected || !self.marked {
            self.selected = now.clone();
            self.marked = true;
            let _ = sender.output(SidebarOutput::Selected(now));
        }
    }

    /// Brings a row's page to the front.
    pub(super) fn activated(&mut self, position: u32, sender: &ComponentSender<Self>) {
        // One of several that are selected opens all of them.
        if !self.selection.is_selected(position) {
            self.selection.select_item(position, true);
        }
        self.selection_moved(sender);
        let _ = sender.output(SidebarOutput::Opened);
    }

    /// Selects as if the person had.
    pub(super) fn select(&mut self, wanted: Selected, sender: &ComponentSender<Self>) {
        if self.selected != wanted || !self.marked {
            self.selected = wanted.clone();
            self.marked = true;
            self.restore();
            self.scroll_to_selected();
            let _ = sender.output(SidebarOutput::Selected(wanted));
        }
    }

    /// Brings the first of the selected rows into sight.
    fn scroll_to_selected(&self) {
        let rows = self.selection.selection();
        if !rows.is_empty() {
            // GTK has a function for it from 4.12 on, and the action since 4.0.
            let first = rows.minimum().to_variant();
            if let Err(error) = self
                .list
                .activate_action("list.scroll-to-item", Some(&first))
            {
                tracing::debug!(%error, "the selected row stays out of sight");
            }
        }
    }

    /// Marks no row, in a narrow window with the list in front: each can then be opened by a click.
    pub(super) fn unmark(&mut self) {
        self.marked = false;
        self.selection.unselect_all();
    }

    /// Selects the rows again that a change of the list took from the selection.
    pub(super) fn restore(&self) {
        if !self.marked {
            return;
        }
        let selection = gtk::Bitset::new_empty();
        for place in 0..self.selection.n_items() {
            let meant = self.object_at(place).is_some_and(|object| {
                entry_of(&object).is_some_and(|entry| match (&*entry, &self.selected) {
                    (Entry::All(_), Selected::All) => true,
                    (Entry::Connection(it), Selected::Connections(ids)) => ids.contains(&it.id),
                    (Entry::Guest(it), Selected::Guests(keys)) => keys.contains(&it.key),
                    _ => false,
                })
            });
            if meant {
                selection.add(place);
            }
        }
        if !selection.equals(&self.selection.selection()) {
            let all = gtk::Bitset::new_range(0, self.selection.n_items());
            self.selection.set_selection(&selection, &all);
        }
    }

    /// What the selected rows mean together; nothing if no row is selected. Guests count most:
    /// who adds them to a connection's row wants those.
    fn read(&self) -> Option<Selected> {
        let rows = self.selection.selection();
        let (mut guests, mut connections): (Vec<GuestKey>, Vec<ConnectionId>) = Default::default();
        let mut all = false;
        let places = (0..rows.size()).filter_map(|nth| u32::try_from(nth).ok());
        for object in places.filter_map(|nth| self.object_at(rows.nth(nth))) {
            match entry_of(&object).as_deref() {
                Some(Entry::Guest(entry)) => guests.push(entry.key),
                Some(Entry::Connection(entry)) => connections.push(entry.id),
                Some(Entry::All(_)) => all = true,
                None => {}
            }
        }
        match (guests.is_empty(), connections.is_empty(), all) {
            (false, ..) => Some(Selected::Guests(guests)),
            (_, _, true) => Some(Selected::All),
            (_, false, _) => Some(Selected::Connections(connections)),
            _ => None,
        }
    }

    fn object_at(&self, position: u32) -> Option<gtk::glib::Object> {
        let row: gtk::TreeListRow = self.selection.item(position)?.downcast().ok()?;
        row.item()
    }
}
