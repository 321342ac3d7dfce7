// SPDX-License-Identifier: GPL-3.0-or-later
//! The name.

use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use crate::assistant::messages::AssistantMsg;
use crate::assistant::rows;
use oriel_ui_kit::i18n::gettext;

/// The page.
#[derive(Debug)]
pub struct NamePage {
    /// Its widget.
    pub page: adw::PreferencesPage,
    name: adw::EntryRow,
    line: gtk::Label,
}

impl NamePage {
    /// Makes it.
    pub fn new(out: &Sender<AssistantMsg>) -> Self {
        let page = adw::PreferencesPage::new();
        let group = rows::group("", "");
        let name = rows::entry(&gettext("Name"), out);
        let line = rows::line();
        group.add(&name);
        group.add(&line);
        page.add(&group);
        Self { page, name, line }
    }

    /// The name.
    pub fn name(&self) -> String {
        self.name.text().into()
    }

    /// Proposes a name.
    pub fn set(&self, name: &str) {
        self.name.set_text(name);
    }

    /// Says what is wrong with it. That there is none yet is no fault.
    pub fn refresh(&self, problem: Option<&str>) {
        let problem = problem.filter(|_| !self.name.text().is_empty());
        rows::say(&self.line, problem.unwrap_or_default(), true);
        if problem.is_some() {
            self.name.add_css_class("error");
        } else {
            self.name.remove_css_class("error");
        }
    }

    /// Goes to where it is typed.
    pub fn focus(&self) {
        self.name.grab_focus();
    }
}
