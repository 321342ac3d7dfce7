// SPDX-License-Identifier: GPL-3.0-or-later
//! How the window follows the engine, and passes on what the person wants.

use std::sync::Arc;

use oriel::connection::Status;
use oriel::guest::Guest;
use relm4::adw::prelude::*;
use relm4::{ComponentController as _, ComponentSender, adw};

use super::{Window, helpers, view};
use crate::engine::{Action, ConnectionId, GuestKey, Report};
use crate::guest::page::{PageMsg, Shown};
use crate::overview::{OverviewMsg, SortBy, View};
use crate::preferences::Preference;
use crate::questions;
use crate::sidebar::{Selected, SidebarMsg};
use crate::words::errors::{self, Trouble};
use crate::words::rows::{connection_name, state_text};
use oriel_ui_kit::i18n::{gettext, gettext_f, ngettext_f};

impl Window {
    /// Takes over what the engine tells.
    pub(super) fn report(
        &mut self,
        report: Report,
        root: &adw::ApplicationWindow,
        sender: &ComponentSender<Self>,
    ) {
        match report {
            Report::Guests(connection, change) => {
                let moved = self.listing.apply(connection, &change);
                if !change.gone.is_empty() {
                    self.forget_gone();
                }
                if moved {
                    self.sidebar.sender().emit(SidebarMsg::RowsMoved);
                }
                self.overview.sender().emit(OverviewMsg::GuestsChanged);
                self.show_page();
            }
            Report::Keys(connection, keys) => {
                self.listing.set_keys(connection, &keys);
                self.overview.sender().emit(OverviewMsg::GuestsChanged);
                self.show_page();
            }
            Report::Status(connection, status) => {
                if status == Status::Online && self.looked_for_leftovers.insert(connection) {
                    self.engine.look_for_leftovers(connection);
                }
                self.listing.set_status(connection, status);
            }
            Report::Leftovers(connection, leftovers) => {
                self.leftovers.push((connection, leftovers));
                self.ask_about_leftovers(root, sender);
            }
            Report::CleanedUp(results) => super::leftovers::tell(root, results),
            Report::ActionEnded {
                key,
                name,
                action,
                mut result,
            } => {
                if self.busy.get(&key) == Some(&action) {
                    self.busy.remove(&key);
                }
                self.engine.look_at_keys();
                self.show_page();
                if !self.ended_in_batch(key, action, &name, &mut result, root)
                    && let Err(error) = result
                    && let Some(trouble) = Trouble::of_action(action, &name, &error)
                {
                    errors::report(root, &trouble);
                }
            }
            Report::ToLaunch { name, result } => self.launch(&name, result, root, sender),
            Report::Lasts(lasting) => {
                self.jobs.show(&lasting);
                let oldest = lasting.into_iter().next();
                self.inhibitor.follow(oldest.map(|job| job.what), root);
            }
            Report::Asked(question) => questions::ask(root.upcast_ref(), question),
        }
    }

    /// Opens a connection, and shows it.
    pub(super) fn open(&mut self, uri: &str) -> ConnectionId {
        let id = self.engine.connect(uri);
        let known = self.listing.connections();
        if !known.iter().any(|(it, ..)| *it == id) {
            self.listing.add_connection(id, uri);
            self.sidebar.sender().emit(SidebarMsg::RowsMoved);
        }
        id
    }

    /// Opens a connection that the person added.
    pub(super) fn connect(&mut self, uri: &str, at_start: bool) {
        let id = self.open(uri);
        self.settings.remember(uri, at_start);
        self.save();
        self.sidebar.sender().emit(SidebarMsg::SelectConnection(id));
    }

    /// Starts and shows the guest that a command line named; one that runs is only shown.
    fn launch(
        &mut self,
        name: &str,
        result: Result<(GuestKey, Arc<Guest>), oriel::Error>,
        root: &adw::ApplicationWindow,
        sender: &ComponentSender<Self>,
    ) {
        match result {
            Ok((key, guest)) => {
                // The list may not have it yet.
                if self.listing.guest(key).is_none() {
                    let change = crate::engine::Change {
                        changed: vec![Arc::clone(&guest)],
                        gone: Vec::new(),
                    };
                    self.listing.apply(key.connection, &change);
                }
                self.sidebar.sender().emit(SidebarMsg::Select(vec![key]));
                if Action::Launch.fits(guest.state) {
                    self.act(key, Action::Launch, sender);
                }
            }
            Err(error) => {
                let heading = gettext_f("Could not start “{name}”", &[("name", name)]);
                errors::report(root, &Trouble::new(heading, &error));
            }
        }
    }

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

    /// Guests that are gone are selected no longer.
    fn forget_gone(&mut self) {
        let known = |key: &GuestKey| self.listing.guest(*key).is_some();
        if let Selected::Guests(keys) = &self.selected
            && !keys.iter().all(known)
        {
            let left: Vec<_> = keys.iter().copied().filter(known).collect();
            self.sidebar.sender().emit(if left.is_empty() {
                SidebarMsg::SelectAll
            } else {
                SidebarMsg::Select(left)
            });
        }
        let gone: Vec<_> = self
            .busy
            .keys()
            .filter(|key| !known(key))
            .copied()
            .collect();
        for key in gone {
            self.busy.remove(&key);
        }
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

    /// Shows guests as pictures or as a list, also at the next start.
    pub(super) fn set_view(&mut self, view: View) {
        self.settings.view = view.id().into();
        self.overview.sender().emit(OverviewMsg::View(view));
        self.save();
    }

    /// Orders guests, also at the next start.
    pub(super) fn set_sort(&mut self, by: SortBy) {
        self.settings.sort = by.id().into();
        self.overview.sender().emit(OverviewMsg::Sort(by));
        self.save();
    }

    /// Gives the overview what is remembered.
    pub(super) fn prepare_overview(&self) {
        let by = SortBy::of(&self.settings.sort);
        self.overview.sender().emit(OverviewMsg::Sort(by));
        self.overview.sender().emit(OverviewMsg::Intervals {
            pictures: self.settings.picture_interval,
            figures: self.settings.figure_interval,
        });
    }

    /// Takes over a preference.
    pub(super) fn prefer(&mut self, preference: Preference) {
        match preference {
            Preference::Scheme(scheme) => {
                self.settings.scheme = scheme;
                view::set_scheme(scheme);
            }
            Preference::Pictures(seconds) => {
                self.settings.picture_interval = seconds;
                self.prepare_overview();
            }
            Preference::Figures(seconds) => {
                self.settings.figure_interval = seconds;
                self.prepare_overview();
            }
            Preference::AtStart(uri, at_start) => {
                let mut all = self.settings.connections.iter_mut();
                if let Some(known) = all.find(|known| known.uri == uri) {
                    known.at_start = at_start;
                }
            }
            Preference::Forget(uri) => self.forget(&uri),
        }
        self.save();
    }

    /// Closes a connection and forgets it.
    fn forget(&mut self, uri: &str) {
        self.settings.connections.retain(|known| known.uri != uri);
        let id = self.engine.connections().into_iter();
        let id = id.filter(|(_, it)| it == uri).map(|(id, _)| id).next();
        if let Some(id) = id {
            self.engine.disconnect(id);
            self.listing.remove_connection(id);
            self.sidebar.sender().emit(SidebarMsg::SelectAll);
            self.forget_gone();
        }
    }

    /// Keeps the window's size for the next start.
    pub(super) fn remember(&mut self, root: &adw::ApplicationWindow) {
        let (size, maximized) = view::size(root);
        if let Some((width, height)) = size {
            (self.settings.width, self.settings.height) = (width, height);
        }
        self.settings.maximized = maximized;
        // The process ends soon: this one is waited for.
        self.engine.colours().save();
        self.settings.save();
    }

    pub(super) fn save(&self) {
        let settings = self.settings.clone();
        self.engine
            .runtime()
            .spawn_blocking(move || settings.save());
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
    pub(super) fn empty(&self) -> helpers::Empty {
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
        helpers::empty(&statuses)
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

    fn show_page(&self) {
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
