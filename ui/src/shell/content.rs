// SPDX-License-Identifier: GPL-3.0-or-later
//! What the window shows of what is selected.

use std::sync::Arc;

use oriel::connection::Status;
use oriel::guest::Guest;
use oriel_ui_kit::i18n::{gettext, ngettext_f};
use relm4::{ComponentController as _, ComponentSender};

use super::{Window, empty};
use crate::engine::{Action, GuestKey, Report};
use crate::guest::page::{PageMsg, Shown};
use crate::overview::OverviewMsg;
use crate::sidebar::Selected;
use crate::words::rows::{connection_name, state_text};

impl Window {
    /// Shows what is selected.
    pub(super) fn select(&mut self, selected: Selected) {
        if selected.one().is_none() {
            self.overview
                .sender()
                .emit(OverviewMsg::Scope(selected.clone()));
        }
        self.selected = selected;
        self.show_page();
    }

    /// Begins an action.
    pub(super) fn act(&mut self, key: GuestKey, action: Action, sender: &ComponentSender<Self>) {
        let out = sender.command_sender().clone();
        let Some(guest) = self.listing.guest(key) else {
            // It went while a question was open: who asked for it hears that.
            let mut known = self.listing.connections().into_iter();
            let place = known.find(|(id, ..)| *id == key.connection);
            let uri = place.map(|(_, uri, _)| uri).unwrap_or_default();
            out.emit(Report::not_there(key, &key.uuid.to_string(), &uri, action));
            return;
        };
        self.busy.insert(key, action);
        self.engine.act(key, guest, action, out);
        self.show_page();
    }

    /// What the right side shows: "page", "overview" or "empty".
    pub(super) fn content(&self) -> &'static str {
        let connections = self.listing.connections();
        match &self.selected {
            Selected::Guests(keys) if keys.len() == 1 => "page",
            Selected::Guests(_) => "overview",
            Selected::All if self.listing.len() > 0 => "overview",
            Selected::Connections(ids)
                if connections
                    .iter()
                    .any(|(id, ..)| ids.contains(id) && self.listing.count_on(*id) > 0) =>
            {
                "overview"
            }
            _ => "empty",
        }
    }

    /// What to say with no guest to show.
    pub(super) fn empty(&self) -> empty::Empty {
        let statuses: Vec<Status> = self
            .listing
            .connections()
            .into_iter()
            .filter(|(id, ..)| match &self.selected {
                Selected::Connections(ids) => ids.contains(id),
                _ => true,
            })
            .map(|(_, _, status)| status)
            .collect();
        empty::empty(&statuses)
    }

    /// The window's title for the desktop's own lists.
    pub(super) fn window_title(&self) -> String {
        match self.shown_guest() {
            None => "Oriel".to_owned(),
            Some(guest) => format!("{} – Oriel", guest.display_name()),
        }
    }

    /// What is on show.
    pub(super) fn title(&self) -> String {
        match &self.selected {
            Selected::All => gettext("All Virtual Machines"),
            Selected::Connections(ids) => {
                let known = self.listing.connections().into_iter();
                let names: Vec<_> = known
                    .filter(|(id, ..)| ids.contains(id))
                    .map(|(_, uri, _)| connection_name(&uri))
                    .collect();
                names.join(", ")
            }
            Selected::Guests(keys) if keys.len() > 1 => ngettext_f(
                "{number} Virtual Machine",
                "{number} Virtual Machines",
                keys.len(),
                &[],
            ),
            Selected::Guests(_) => self
                .shown_guest()
                .map(|guest| guest.display_name().into_owned())
                .unwrap_or_default(),
        }
    }

    /// The state of the guest on show.
    pub(super) fn subtitle(&self) -> String {
        self.shown_guest()
            .map(|guest| state_text(guest.state))
            .unwrap_or_default()
    }

    fn shown_guest(&self) -> Option<Arc<Guest>> {
        self.listing.guest(self.selected.one()?)
    }

    pub(super) fn show_page(&self) {
        let Some(key) = self.selected.one() else {
            return;
        };
        let Some(guest) = self.listing.guest(key) else {
            return;
        };
        self.page.sender().emit(PageMsg::Show(Shown {
            key,
            guest,
            secret: self.listing.key_state(key),
            busy: self.busy.get(&key).copied(),
        }));
    }
}
