// SPDX-License-Identifier: GPL-3.0-or-later
//! What the person wants done: asked about where it can't be undone, begun, and told of at its end.

use std::sync::Arc;

use oriel::Error;
use oriel::error::Thing;
use oriel::guest::manage;
use oriel::secret::state::KeyState;
use oriel_ui_kit::answers;
use oriel_ui_kit::i18n::{gettext, gettext_f, said};
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw, gtk};

use super::console::Console;
use super::messages::{PageCmd, PageMsg, PageOutput};
use super::tasks::{Ask, Done, Task};
use super::{GuestPage, dialogs};
use crate::engine::log::What;
use crate::engine::{Action, GuestKey, look};
use crate::words::errors::{self, Trouble};

impl GuestPage {
    /// Passes a wish on; what loses work is asked about first.
    pub(super) fn wanted(&self, action: Action, root: &gtk::Box, sender: &ComponentSender<Self>) {
        let Some(shown) = &self.shown else { return };
        let key = shown.key;
        let output = sender.output_sender().clone();
        let name = shown.guest.display_name();
        let Some((heading, body, yes)) = warning(action, &name) else {
            output.emit(PageOutput::Wanted(key, action));
            return;
        };
        let parent = root.root().and_downcast::<gtk::Window>();
        let dialog = adw::MessageDialog::new(parent.as_ref(), Some(&heading), Some(&body));
        dialog.add_response("cancel", &gettext("_Cancel"));
        dialog.add_response("yes", &yes);
        dialog.set_response_appearance("yes", adw::ResponseAppearance::Destructive);
        answers::rest_on(&dialog, "cancel");
        dialog.set_close_response("cancel");
        dialog.connect_response(Some("yes"), move |_, _| {
            output.emit(PageOutput::Wanted(key, action));
        });
        dialog.present();
    }

    /// Asks what has to be asked.
    pub(super) fn asked(&self, ask: Ask, root: &gtk::Box, sender: &ComponentSender<Self>) {
        let Some(shown) = &self.shown else { return };
        let Some(connection) = self.engine.connection(shown.key.connection) else {
            return;
        };
        let parent = root.root().and_downcast::<gtk::Window>();
        let (key, input) = (shown.key, sender.input_sender().clone());
        let then = move |task| input.emit(PageMsg::Answered(key, task));
        match ask {
            Ask::Console => then(Task::Console),
            Ask::Save => dialogs::save(parent.as_ref(), &shown.guest, &connection, then),
            Ask::Rename => {
                let inventory = connection.inventory();
                let taken = move |name: &str| {
                    let now = inventory.borrow();
                    now.guests.values().any(|guest| guest.name == name)
                };
                dialogs::rename(parent.as_ref(), &shown.guest, taken, then);
            }
            Ask::Delete => dialogs::delete(parent.as_ref(), &shown.guest, then),
        }
    }

    /// Begins what was decided.
    pub(super) fn begin(&mut self, key: GuestKey, task: Task, sender: &ComponentSender<Self>) {
        let Some(connection) = self.engine.connection(key.connection) else {
            return;
        };
        let guest = connection
            .inventory()
            .borrow()
            .guests
            .get(&key.uuid)
            .cloned();
        let out = sender.command_sender().clone();
        let Some(guest) = guest else {
            let name = key.uuid.to_string();
            let gone = Error::NotFound {
                thing: Thing::Guest,
                name: name.clone(),
                uri: connection.uri().to_owned(),
            };
            out.emit(PageCmd::Ended(key, name, task, Err(gone)));
            return;
        };
        if task.progress().is_some() {
            self.doing.insert(key, task.clone());
        }
        let lasts = task.lasts(&guest.display_name());
        let lasts = lasts.map(|what| self.engine.jobs().begin(what, None));
        self.engine.runtime().spawn(async move {
            let result = task.carry_out(&connection, &guest).await;
            drop(lasts);
            let name = guest.display_name().into_owned();
            out.emit(PageCmd::Ended(key, name, task, result));
        });
        self.allow_actions();
    }

    /// Tells of the end where there is something to tell.
    pub(super) fn ended(
        &mut self,
        key: GuestKey,
        name: &str,
        task: &Task,
        result: Result<Done, Error>,
        root: &gtk::Box,
        sender: &ComponentSender<Self>,
    ) {
        if self.doing.get(&key) == Some(task) {
            self.doing.remove(&key);
        }
        self.allow_actions();
        if matches!(task, Task::Autostart(_)) {
            self.look_at_autostart(sender);
        }
        let log = self.engine.log();
        let parent = root.root().and_downcast::<gtk::Window>();
        match result {
            Err(error) => {
                let heading = task.failed(name);
                log.enter(
                    key,
                    What::Said(format!("{heading}: {}", said(&error.reason()))),
                );
                if let Some(parent) = &parent {
                    errors::report(parent, &Trouble::new(heading, &error));
                }
            }
            Ok(done) => {
                if let Some(said) = task.said() {
                    log.enter(key, What::Said(said));
                }
                tell(done, name, parent.as_ref());
            }
        }
    }

    /// Asks whether the shown guest starts with its host: nothing tells when that changes.
    pub(super) fn look_at_autostart(&self, sender: &ComponentSender<Self>) {
        let Some(shown) = &self.shown else { return };
        let key = shown.key;
        let Some(connection) = self.engine.connection(key.connection) else {
            return;
        };
        let guest = Arc::clone(&shown.guest);
        let out = sender.command_sender().clone();
        self.engine.runtime().spawn(async move {
            let on = manage::autostart(&connection, &guest).await;
            out.emit(PageCmd::Autostart(key, on.ok()));
        });
    }

    /// Shows whether the guest starts with its host.
    pub(super) fn show_autostart(&mut self, key: GuestKey, on: Option<bool>) {
        if self.shown.as_ref().is_some_and(|shown| shown.key == key) {
            self.autostart = on;
            self.autostart_switch.set_active(on == Some(true));
            self.allow_autostart();
        }
    }

    /// The switch was used, unless it only shows what was read.
    pub(super) fn set_autostart(&mut self, on: bool, sender: &ComponentSender<Self>) {
        let Some(shown) = &self.shown else { return };
        let (key, known) = (shown.key, self.autostart);
        if known.is_some_and(|known| known != on) {
            self.begin(key, Task::Autostart(on), sender);
        }
    }

    /// Lets the switch be used where that makes sense.
    pub(super) fn allow_autostart(&self) {
        self.autostart_switch.set_sensitive(self.may_autostart());
    }

    /// Whether the guest may start with its host, or does so and may be freed of it.
    pub(super) fn may_autostart(&self) -> bool {
        let shown = self.shown.as_ref();
        shown.is_some_and(|shown| {
            let key_held = shown.secret == Some(KeyState::HeldByLibvirt);
            let open = key_held || !manage::is_encrypted(&shown.guest);
            self.autostart == Some(true) || (shown.guest.persistent && open)
        })
    }

    /// Why it may not, in words.
    pub(super) fn autostart_text(&self) -> String {
        if self.may_autostart() || self.autostart.is_none() {
            return String::new();
        }
        let guest = self.shown.as_ref().map(|shown| &shown.guest);
        gettext(match guest {
            Some(guest) if !guest.persistent => "Not available for a temporary machine",
            Some(guest) if guest.summary.is_none() => {
                "Not available while the virtual machine can’t be read"
            }
            _ => "Not available for encrypted disks",
        })
    }
}

fn tell(done: Done, name: &str, parent: Option<&gtk::Window>) {
    match done {
        Done::Quietly | Done::Console(Console::Closed) => {}
        Done::Deleted(report, forget_key) => {
            if let Some(left) = dialogs::left(&report, forget_key) {
                let heading = gettext_f("“{name}” Was Only Partly Deleted", &[("name", name)]);
                dialogs::tell(parent, &heading, &left);
            }
        }
        Done::Console(Console::Missing(command)) => {
            dialogs::viewer_missing(parent, command.as_deref());
        }
        Done::Console(Console::Failed(why)) => {
            let heading = Task::Console.failed(name);
            let body = gettext_f("The viewer ended with a failure ({why}).", &[("why", &why)]);
            dialogs::tell(parent, &heading, &body);
        }
    }
}

/// The question before a dangerous action: heading, body, and the label of yes.
pub fn warning(action: Action, name: &str) -> Option<(String, String, String)> {
    let question = look(action).question.as_ref()?;
    let heading = gettext_f(question.heading, &[("name", name)]);
    Some((heading, gettext(question.body), gettext(question.yes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dangerous_action_has_its_warning() {
        for action in Action::ALL {
            assert_eq!(warning(action, "web").is_some(), action.is_dangerous());
        }
    }
}
