// SPDX-License-Identifier: GPL-3.0-or-later
//! Connections: opened, reported of, and forgotten.

use std::sync::Arc;

use oriel::connection::Status;
use oriel::guest::Guest;
use oriel_ui_kit::i18n::gettext_f;
use relm4::adw::prelude::*;
use relm4::{ComponentController as _, ComponentSender, adw};

use super::Window;
use crate::engine::{Action, ConnectionId, GuestKey, Report};
use crate::overview::OverviewMsg;
use crate::questions;
use crate::sidebar::{Selected, SidebarMsg};
use crate::words::errors::{self, Trouble};

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
                let heading = gettext_f("Could Not Start “{name}”", &[("name", name)]);
                errors::report(root, &Trouble::new(heading, &error));
            }
        }
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

    /// Closes a connection and forgets it.
    pub(super) fn forget(&mut self, uri: &str) {
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
}
