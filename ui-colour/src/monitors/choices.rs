// SPDX-License-Identifier: GPL-3.0-or-later
//! What a person chooses: a monitor, its profile, what is done with colours.

use std::path::Path;

use oriel_colour::monitor::{Mode, Monitor};
use oriel_colour::profile::Intent;
use oriel_ui_kit::i18n::gettext_f;
use relm4::ComponentSender;

use super::{MonitorsPage, words};
use crate::ColourSettings;

impl MonitorsPage {
    /// Shows another monitor.
    pub(super) fn choose(&mut self, number: u32, sender: &ComponentSender<Self>) {
        let number = usize::try_from(number).unwrap_or(0);
        let monitor = self.monitors.monitors.get(number);
        self.chosen = monitor.map(|monitor| monitor.name.clone());
        self.show(sender);
    }

    /// Changes what the person wants.
    pub(super) fn set(&self, change: impl FnOnce(&mut ColourSettings)) {
        self.colours.set(change);
    }

    /// Takes a mode by its number.
    pub(super) fn choose_mode(&self, number: u32) {
        let number = usize::try_from(number).unwrap_or(0);
        if let Some(mode) = Mode::ALL.get(number).copied() {
            self.set(|settings| settings.mode = mode);
        }
    }

    /// Takes an intent by its number.
    pub(super) fn choose_intent(&self, number: u32) {
        if let Some(intent) = Intent::from_number(number) {
            self.set(|settings| settings.intent = intent);
        }
    }

    /// Has a file used as the shown monitor's profile, or what the system says.
    pub(super) fn choose_file(&self, path: Option<&Path>) {
        let Some(monitor) = self.monitor() else {
            return;
        };
        let key = monitor.key();
        let names = [
            key.clone(),
            monitor.connector().to_owned(),
            monitor.name.clone(),
        ];
        let path = path.map(|path| path.to_string_lossy().into_owned());
        self.set(|settings| {
            settings.files.retain(|(known, _)| !names.contains(known));
            settings.files.extend(path.map(|path| (key, path)));
        });
    }
}

/// A monitor in a list of them.
pub(super) fn choice_name(monitor: &Monitor) -> String {
    let name = words::monitor_name(monitor);
    if name == monitor.connector() {
        return name;
    }
    // Two monitors of a model are told apart by where they are plugged in.
    gettext_f(
        "{monitor} ({connector})",
        &[("monitor", &name), ("connector", monitor.connector())],
    )
}
