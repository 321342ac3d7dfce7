// SPDX-License-Identifier: GPL-3.0-or-later
//! What has happened to the guest, as rows.

use std::sync::Arc;

use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw, gtk};
use tokio::sync::watch;

use super::{Activity, watchers, words};
use crate::engine::GuestKey;
use crate::engine::log::Entry;

/// Events that are shown at first; the others on demand.
pub(super) const FIRST: usize = 20;

impl Activity {
    /// Lists the guest's events, newest first. Rows that stay are kept.
    pub(super) fn list_events(&mut self, list: &gtk::ListBox) {
        let key = self.shown.as_ref().map(|shown| shown.key);
        let entries = key.map_or_else(Vec::new, |key| self.engine.log().of(key));
        self.has_older = entries.len() > self.most_events;
        let wanted: Vec<&Entry> = entries.iter().take(self.most_events).collect();
        let rows = std::mem::take(&mut self.rows);
        let (kept, gone): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|(number, _)| wanted.iter().any(|entry| entry.number == *number));
        for (_, row) in gone {
            list.remove(&row);
        }
        self.rows = kept;
        for (place, entry) in wanted.into_iter().enumerate() {
            let known = self.rows.get(place).map(|(number, _)| *number);
            if known == Some(entry.number) {
                continue;
            }
            let row = row(entry);
            list.insert(&row, i32::try_from(place).unwrap_or(-1));
            self.rows.insert(place, (entry.number, row));
        }
    }

    /// The task that tells of events.
    pub(super) fn follow_events(
        &self,
        target: watch::Receiver<Option<GuestKey>>,
        sender: &ComponentSender<Self>,
    ) {
        let log = Arc::clone(self.engine.log());
        let out = sender.command_sender().clone();
        self.tasks.spawn(watchers::events(log, target, out));
    }
}

fn row(entry: &Entry) -> adw::ActionRow {
    let time = gtk::Label::new(Some(&words::time(entry.at)));
    time.add_css_class("dim-label");
    time.add_css_class("numeric");
    let row = adw::ActionRow::builder()
        .use_markup(false)
        .title(words::event(&entry.what))
        .title_lines(0)
        .activatable(false)
        .build();
    row.add_suffix(&time);
    row
}
