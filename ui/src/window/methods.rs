// SPDX-License-Identifier: GPL-3.0-or-later
//! How the window follows the engine, and passes on what the person wants.

use oriel::domain::Guest;
use relm4::adw::prelude::*;
use relm4::{ComponentController as _, ComponentSender, adw};

use super::Window;
use crate::engine::{Action, GuestKey, Report};
use crate::errors::{self, Trouble};
use crate::guest_page::{PageMsg, Shown};
use crate::questions;
use crate::sidebar::SidebarMsg;
use crate::sidebar::helpers::state_text;

impl Window {
    /// Takes over what the engine tells.
    pub(super) fn report(&mut self, report: Report, root: &adw::ApplicationWindow) {
        match report {
            Report::Guests(connection, change) => {
                for uuid in &change.gone {
                    let key = GuestKey {
                        connection,
                        uuid: *uuid,
                    };
                    self.guests.remove(&key);
                    self.keys.remove(&key);
                    if self.chosen == Some(key) {
                        self.chosen = None;
                    }
                }
                for guest in &change.changed {
                    let key = GuestKey {
                        connection,
                        uuid: guest.uuid,
                    };
                    self.guests.insert(key, guest.clone());
                }
                self.sidebar
                    .emit(SidebarMsg::GuestsChanged(connection, change));
                self.show_chosen();
            }
            Report::Keys(connection, keys) => {
                for (uuid, state) in &keys {
                    let key = GuestKey {
                        connection,
                        uuid: *uuid,
                    };
                    self.keys.insert(key, *state);
                }
                self.sidebar.emit(SidebarMsg::KeysChanged(connection, keys));
                self.show_chosen();
            }
            Report::Status(connection, status) => {
                self.statuses.insert(connection, status.clone());
                self.sidebar
                    .emit(SidebarMsg::StatusChanged(connection, status));
            }
            Report::ActionEnded {
                key,
                name,
                action,
                result,
            } => {
                if self.busy.get(&key) == Some(&action) {
                    self.busy.remove(&key);
                }
                self.engine.look_at_keys();
                self.show_chosen();
                if let Err(error) = result
                    && let Some(trouble) = Trouble::of_action(action, &name, &error)
                {
                    errors::report(root, &trouble);
                }
            }
            Report::Asked(question) => questions::ask(root.upcast_ref(), question),
        }
    }

    /// Puts a guest on show; in a narrow window its page comes in front.
    pub(super) fn choose(&mut self, key: GuestKey, leaflet: &adw::Leaflet) {
        self.chosen = Some(key);
        self.show_chosen();
        leaflet.navigate(adw::NavigationDirection::Forward);
    }

    /// Begins an action.
    pub(super) fn act(&mut self, key: GuestKey, action: Action, sender: &ComponentSender<Self>) {
        let Some(guest) = self.guests.get(&key).cloned() else {
            return;
        };
        self.busy.insert(key, action);
        self.engine
            .act(key, guest, action, sender.command_sender().clone());
        self.show_chosen();
    }

    /// Tries every connection that is down again.
    pub(super) fn retry(&self) {
        for (id, _) in self.engine.connections() {
            self.engine.retry(id);
        }
    }

    /// The window's title for the desktop's own lists.
    pub(super) fn window_title(&self) -> String {
        match self.title() {
            "" => "Oriel".to_owned(),
            name => format!("{name} – Oriel"),
        }
    }

    /// The name of the guest on show.
    pub(super) fn title(&self) -> &str {
        self.shown_guest().map_or("", Guest::display_name)
    }

    /// Its state.
    pub(super) fn subtitle(&self) -> String {
        self.shown_guest()
            .map(|guest| state_text(guest.state))
            .unwrap_or_default()
    }

    fn shown_guest(&self) -> Option<&Guest> {
        self.guests.get(&self.chosen?).map(AsRef::as_ref)
    }

    fn show_chosen(&self) {
        let Some(key) = self.chosen else { return };
        let Some(guest) = self.guests.get(&key) else {
            return;
        };
        self.page.emit(PageMsg::Show(Shown {
            key,
            guest: guest.clone(),
            secret: self.keys.get(&key).copied(),
            busy: self.busy.get(&key).copied(),
        }));
    }
}
