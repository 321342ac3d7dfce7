// SPDX-License-Identifier: GPL-3.0-or-later
//! All that will be made, before it is.

use oriel::guest::create::Plan;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use crate::assistant::rows;
use oriel_ui_kit::i18n::{gettext, said};
use oriel_ui_kit::rows::switch_row;

/// The page.
#[derive(Debug)]
pub struct SummaryPage {
    /// Its widget.
    pub page: adw::PreferencesPage,
    facts: adw::PreferencesGroup,
    shown: Vec<adw::ActionRow>,
    start: gtk::Switch,
    remarks: gtk::Label,
}

impl SummaryPage {
    /// Makes it.
    pub fn new() -> Self {
        let page = adw::PreferencesPage::new();
        let facts = rows::group("", "");
        let (row, start) = switch_row(&gettext("Start After Creation"), "");
        start.set_active(true);
        let last = rows::group("", "");
        last.add(&row);
        let remarks = rows::line();
        last.add(&remarks);
        page.add(&facts);
        page.add(&last);
        Self {
            page,
            facts,
            shown: Vec::new(),
            start,
            remarks,
        }
    }

    /// Shows names and values, and what is unusual about the plan.
    pub fn show(&mut self, facts: &[(String, String)], plan: &Plan) {
        for row in self.shown.drain(..) {
            self.facts.remove(&row);
        }
        for (name, value) in facts {
            let row = rows::action(name, value);
            row.set_focusable(false);
            self.facts.add(&row);
            self.shown.push(row);
        }
        let remarks: Vec<_> = plan.remarks.iter().map(said).collect();
        rows::say(&self.remarks, &remarks.join(" "), false);
    }

    /// Whether it is to be started.
    pub fn start(&self) -> bool {
        self.start.is_active()
    }

    /// Goes to the switch.
    pub fn focus(&self) {
        self.start.grab_focus();
    }
}
