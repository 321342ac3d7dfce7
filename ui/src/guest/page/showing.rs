// SPDX-License-Identifier: GPL-3.0-or-later
//! What the page shows of its guest.

use oriel::shown::shown;
use oriel::xml::DomainSummary;
use oriel_ui_kit::i18n::{gettext, said};
use relm4::adw::prelude::*;
use relm4::gtk::gdk;
use relm4::{ComponentSender, adw};

use super::messages::Shown;
use super::tasks::{Ask, Task};
use super::{GuestPage, GuestPageWidgets, bar, words};
use crate::engine::{Action, look};
use crate::words::rows::Lock;

impl GuestPage {
    /// Shows a guest, or its new state.
    pub(super) fn show(
        &mut self,
        shown: Shown,
        widgets: &GuestPageWidgets,
        sender: &ComponentSender<Self>,
    ) {
        for page in self.pages.iter() {
            page.show(shown.clone());
        }
        let before = self.shown.replace(shown);
        let Some(now) = &self.shown else { return };
        let other = before.as_ref().is_none_or(|it| it.key != now.key);
        let new_run = before
            .as_ref()
            .is_some_and(|it| it.guest.id != now.guest.id);
        if other || new_run || !now.guest.state.is_active() {
            widgets.picture.set_paintable(None::<&gdk::Paintable>);
            self.picture = None;
            self.no_picture = gettext(if now.guest.state.is_active() {
                "Loading the screen…"
            } else if now.guest.saved {
                "Saved. Restore the machine to see its screen."
            } else {
                "Powered Off"
            });
        }
        if other {
            widgets.overview.vadjustment().set_value(0.0);
            self.autostart = None;
            self.look_at_autostart(sender);
        }
        let Some(now) = &self.shown else { return };
        let offers = |shown: &Shown| {
            let (guest, console) = (&shown.guest, Ask::Console.fits(&shown.guest));
            (guest.state, console, guest.persistent, guest.saved)
        };
        if before.as_ref().map(offers) != Some(offers(now)) {
            bar::fill(&widgets.wide, &now.guest, false);
            bar::fill(&widgets.narrow, &now.guest, true);
        }
        self.allow_actions();
        self.allow_autostart();
        let summary = |shown: &Shown| shown.guest.summary.clone();
        if before.as_ref().and_then(summary) != self.shown.as_ref().and_then(summary) {
            self.fill_devices(widgets);
        }
        self.aim();
    }

    /// Why the guest could not be read, if so.
    pub(super) fn fault(&self) -> Option<String> {
        self.shown.as_ref()?.guest.error.as_ref().map(said)
    }

    /// What is being done, in words.
    pub(super) fn progress(&self) -> Option<String> {
        let shown = self.shown.as_ref()?;
        match shown.busy {
            Some(action) => Some(gettext(look(action).progress)),
            None => self.doing.get(&shown.key).and_then(Task::progress),
        }
    }

    /// A detail from the document, or a dash while it has not been read.
    pub(super) fn detail(&self, text: impl FnOnce(&DomainSummary) -> String) -> String {
        let summary = self
            .shown
            .as_ref()
            .and_then(|it| it.guest.summary.as_deref());
        summary.map_or_else(|| "–".to_owned(), text)
    }

    /// How the key stands; nothing for a guest without one.
    pub(super) fn key_text(&self) -> Option<String> {
        let shown = self.shown.as_ref()?;
        words::key_text(Lock::of(&shown.guest, shown.secret))
    }

    /// While something is being done, only pulling the plug is allowed beside it.
    pub(super) fn allow_actions(&self) {
        let Some(shown) = &self.shown else { return };
        let idle = shown.busy.is_none() && !self.doing.contains_key(&shown.key);
        for action in Action::ALL {
            let free = match shown.busy {
                None => idle || action == Action::ForceOff,
                Some(busy) => action == Action::ForceOff && busy != Action::ForceOff,
            };
            bar::allow(
                &self.actions,
                action.id(),
                free && action.fits(shown.guest.state),
            );
        }
        for ask in Ask::ALL {
            let free = idle || ask == Ask::Console;
            bar::allow(&self.actions, ask.id(), free && ask.fits(&shown.guest));
        }
    }

    fn fill_devices(&mut self, widgets: &GuestPageWidgets) {
        for (group, row) in self.device_rows.drain(..) {
            group.remove(&row);
        }
        let summary = self.shown.as_ref().and_then(|it| it.guest.summary.clone());
        let Some(summary) = summary else { return };
        let name = self.shown.as_ref().map(|it| it.guest.name.clone());
        let disks = summary.disks.iter().map(|disk| {
            let (title, line) = words::disk_lines(disk);
            let wrong = words::exposed_text(name.as_deref().unwrap_or_default(), disk);
            let lines: Vec<_> = std::iter::once(line).chain(wrong).collect();
            (title, lines.join("\n"))
        });
        let disks = disks.map(|lines| (&widgets.disks, lines));
        let networks = summary.networks.iter().map(words::network_lines);
        let networks = networks.map(|lines| (&widgets.networks, lines));
        for (group, (title, line)) in disks.chain(networks) {
            let row = adw::ActionRow::builder()
                .use_markup(false)
                .title(shown(&title))
                .subtitle(shown(&line))
                .subtitle_lines(0)
                .build();
            group.add(&row);
            self.device_rows.push((group.clone(), row));
        }
        widgets.disks.set_visible(!summary.disks.is_empty());
        widgets.networks.set_visible(!summary.networks.is_empty());
    }
}
