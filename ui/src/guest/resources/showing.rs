// SPDX-License-Identifier: GPL-3.0-or-later
//! How the page follows its guest, and the person's hand.

use oriel::message::Message;
use std::sync::Arc;

use oriel::Error;
use oriel::control::{Scope, Tuning};
use oriel::model::control::{CONTROLS, CPU_SHARES};
use oriel::shown::shown_lines;
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw};

use super::control::{ControlId, GROUPS, group_title, usual_shares};
use super::row::ControlRow;
use super::watchers::{Applied, Subject, Wish};
use super::{Resources, shares};
use crate::engine::GuestKey;
use crate::guest::page::Shown;
use oriel_ui_kit::i18n::{gettext, gettext_f, said};

/// A group of rows for each sort of control, with the bar of the processors' parts in its place.
pub(super) fn build_groups(
    page: &impl IsA<relm4::gtk::Box>,
    bar: &adw::PreferencesRow,
    sender: &ComponentSender<Resources>,
) -> Vec<ControlRow> {
    let mut rows = Vec::new();
    for group in GROUPS {
        let widget = adw::PreferencesGroup::builder()
            .title(group_title(group))
            .build();
        for control in CONTROLS
            .into_iter()
            .filter(|control| control.about == group)
        {
            let row = ControlRow::new(control, sender.input_sender());
            widget.add(row.widget());
            if control == &CPU_SHARES {
                widget.add(bar);
            }
            rows.push(row);
        }
        page.append(&widget);
    }
    rows
}

impl Resources {
    /// Shows a guest, or its new state.
    pub(super) fn show(&mut self, shown: Shown) {
        let before = self.shown.replace(shown);
        let Some(now) = &self.shown else { return };
        if before.is_none_or(|it| it.key != now.key) {
            for row in &self.rows {
                row.forget();
            }
            self.read = None;
            self.fault = None;
        }
        self.show_parts();
        self.aim();
    }

    /// Has the shown guest's controls read while they are seen, else nobody's.
    pub(super) fn aim(&self) {
        let wanted = self.subject().filter(|_| self.seen);
        self.target.send_if_modified(|target| {
            let same = match (&*target, &wanted) {
                (Some(before), Some(now)) => Arc::ptr_eq(&before.guest, &now.guest),
                (None, None) => true,
                _ => false,
            };
            if !same {
                *target = wanted;
            }
            !same
        });
    }

    /// The person wants another value: the newest goes to the engine as soon as it is free.
    pub(super) fn moved(&mut self, id: ControlId) {
        let Some(subject) = self.subject() else {
            return;
        };
        let Some(row) = self.rows.iter().find(|row| row.id() == id) else {
            return;
        };
        self.number += 1;
        row.changed(self.number);
        let wish = Wish {
            scope: self.scope(&subject),
            subject,
            value: row.value(),
            number: self.number,
        };
        self.wishes.put(id, wish);
        self.show_parts();
    }

    /// Where the person wants changes to go.
    pub(super) fn choose_scope(&mut self, choice: u32) {
        self.choice = match choice {
            1 => Scope::Live,
            2 => Scope::Config,
            _ => Scope::Whatever,
        };
        self.wishes.look_again();
    }

    /// Whether there is a choice of where changes go.
    pub(super) fn has_choice(&self) -> bool {
        self.shown
            .as_ref()
            .is_some_and(|it| it.guest.state.is_active() && it.guest.persistent)
    }

    /// What is said beside the choice.
    pub(super) fn choice_text(&self) -> String {
        let Some(shown) = &self.shown else {
            return String::new();
        };
        if !shown.guest.state.is_active() {
            gettext("Powered off: changes apply at the next start")
        } else if !shown.guest.persistent {
            gettext("Temporary machine: changes last until shutdown")
        } else {
            String::new()
        }
    }

    /// Takes over what was read.
    pub(super) fn read(
        &mut self,
        key: GuestKey,
        result: Result<Box<Tuning>, Error>,
        applied: &Applied,
    ) {
        if self.shown.as_ref().is_none_or(|shown| shown.key != key) {
            return;
        }
        match result {
            Ok(tuning) => {
                self.fault = None;
                let live = self.choice != Scope::Config;
                let guest = self.shown.as_ref().map(|shown| &shown.guest);
                let memory = guest.and_then(|guest| Some(guest.summary.as_ref()?.memory_kib));
                for row in &self.rows {
                    let applied = applied.get(&row.id()).copied().unwrap_or_default();
                    row.show(&tuning, applied, live, memory);
                }
                let possible = tuning.of(&CPU_SHARES).unavailable.is_none();
                self.parts_row.set_visible(possible);
                self.read = Some(tuning);
                self.show_parts();
            }
            Err(error) => {
                self.fault = Some(gettext_f(
                    "The limits could not be read. {why}",
                    &[("why", &said(&error.reason()))],
                ));
            }
        }
    }

    /// Tells what came of a change, if it is the last of its control.
    pub(super) fn applied(
        &self,
        key: GuestKey,
        id: ControlId,
        number: u64,
        result: Result<Vec<Message>, Error>,
    ) {
        let here = self.shown.as_ref().is_some_and(|shown| shown.key == key);
        let Some(row) = self.rows.iter().find(|row| here && row.id() == id) else {
            return;
        };
        if row.is_last(number) {
            let text = match result {
                Ok(remarks) => remarks.iter().map(said).collect::<Vec<_>>().join("\n"),
                Err(error) => said(&error.reason()),
            };
            row.say(&shown_lines(&text));
        }
    }

    fn subject(&self) -> Option<Subject> {
        let shown = self.shown.as_ref()?;
        Some(Subject {
            key: shown.key,
            guest: Arc::clone(&shown.guest),
            connection: self.engine.connection(shown.key.connection)?,
        })
    }

    /// Where a change goes: as the person chose, as far as the guest has both.
    fn scope(&self, subject: &Subject) -> Scope {
        match self.choice {
            choice if self.has_choice() => choice,
            _ if subject.guest.state.is_active() => Scope::Live,
            _ => Scope::Config,
        }
    }

    /// Shows who gets what of the processors, with the weight that the slider stands at.
    fn show_parts(&self) {
        let Some(subject) = self.subject().filter(|_| self.seen) else {
            return;
        };
        let row = self.rows.iter().find(|row| row.id() == CPU_SHARES.name);
        let range = self.read.as_ref().and_then(|it| it.of(&CPU_SHARES).range);
        let Some(own) = row
            .and_then(ControlRow::value)
            .filter(|_| self.read.is_some())
        else {
            return;
        };
        let inventory = subject.connection.inventory();
        let others: Vec<_> = inventory
            .borrow()
            .guests
            .values()
            .filter(|other| other.uuid != subject.key.uuid && other.state.is_active())
            .map(|other| {
                let weight = other.summary.as_ref().and_then(|it| it.cpu_shares);
                (
                    other.display_name().into_owned(),
                    weight.unwrap_or_else(|| usual_shares(range)),
                )
            })
            .collect();
        let parts = shares::parts((&subject.guest.display_name(), own), others);
        let legend = shares::legend(&parts);
        let percent = shares::percent(parts.first().map_or(1.0, |own| own.part));
        let heading = gettext_f(
            if subject.guest.state.is_active() {
                "{percent} of CPU time under full load"
            } else {
                "{percent} of CPU time under full load, once it runs"
            },
            &[("percent", &percent)],
        );
        self.parts_heading.set_label(&heading);
        self.parts_legend.set_label(&legend);
        let bar = parts.iter().map(|part| part.part).collect();
        self.parts_bar.show(bar, &heading);
    }
}
