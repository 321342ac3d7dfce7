// SPDX-License-Identifier: GPL-3.0-or-later
//! What is remembered of the window, and what a person prefers.

use relm4::{ComponentController as _, adw};

use super::{Window, view};
use crate::overview::{OverviewMsg, SortBy, View};
use crate::preferences::Preference;

impl Window {
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
}
