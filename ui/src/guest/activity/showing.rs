// SPDX-License-Identifier: GPL-3.0-or-later
//! What the page of activity shows, and of which guest.

use std::time::Instant;

use oriel::stats::{self, Reading};
use relm4::adw::prelude::*;
use relm4::{ComponentSender, gtk};
use tokio::sync::watch;

use super::events::FIRST;
use super::histories::INTERVAL;
use super::{Activity, contents, watchers};
use crate::engine::{ConnectionId, GuestKey};
use crate::guest::page::Shown;

impl Activity {
    /// Shows a guest, or its new state.
    pub(super) fn show(
        &mut self,
        shown: Shown,
        events: &gtk::ListBox,
        sender: &ComponentSender<Self>,
    ) {
        let before = self.shown.replace(shown);
        let Some(now) = &self.shown else { return };
        if !now.guest.state.is_active() {
            self.histories.interrupt(now.key);
        }
        if before.is_none_or(|it| it.key != now.key) {
            self.most_events = FIRST;
            self.list_events(events);
            self.draw();
        }
        self.aim(sender);
    }

    /// Has the shown guest looked at while it is seen, else nobody.
    pub(super) fn aim(&mut self, sender: &ComponentSender<Self>) {
        let seen = self.shown.as_ref().filter(|_| self.seen);
        let key = seen.map(|shown| shown.key);
        self.watched.send_if_modified(|target| {
            let changed = *target != key;
            *target = key;
            changed
        });
        let running = self.shown.as_ref().filter(|_| self.page_seen);
        let running = running.filter(|shown| shown.guest.state.is_active());
        let running = running.map(|shown| shown.key);
        let connections = self.engine.connections();
        // The task of a connection that was removed ends with its sender.
        self.figures
            .retain(|id, _| connections.iter().any(|(known, _)| known == id));
        if let Some(key) = running {
            self.follow_figures(key.connection, sender);
        }
        for (connection, shown) in &self.figures {
            let wanted = running.filter(|key| key.connection == *connection);
            let wanted: Vec<_> = wanted.iter().map(|key| key.uuid).collect();
            shown.send_if_modified(|uuids| {
                let changed = *uuids != wanted;
                *uuids = wanted;
                changed
            });
        }
    }

    /// Has a connection's figures read, once somebody of it is on show.
    fn follow_figures(&mut self, id: ConnectionId, sender: &ComponentSender<Self>) {
        if self.figures.get(&id).is_some_and(|it| !it.is_closed()) {
            return;
        }
        let Some(connection) = self.engine.connection(id) else {
            return;
        };
        let (shown, receiver) = watch::channel(Vec::new());
        let _context = self.engine.runtime().enter();
        let readings = stats::follow(&connection, receiver, INTERVAL);
        let out = sender.command_sender().clone();
        self.tasks.spawn(watchers::figures(id, readings, out));
        self.figures.insert(id, shown);
    }

    /// Takes figures over, and draws those of the guest on show.
    pub(super) fn figures(&mut self, connection: ConnectionId, reading: &Reading) {
        for (uuid, counters) in reading.iter() {
            let key = GuestKey {
                connection,
                uuid: *uuid,
            };
            self.histories.take(key, *counters);
        }
        self.draw();
    }

    /// Draws the graphs, if somebody sees them.
    pub(super) fn draw(&self) {
        let Some(shown) = self.shown.as_ref().filter(|_| self.seen) else {
            return;
        };
        let memory = shown.guest.summary.as_ref().map_or(0, |it| it.memory_kib);
        let history = self.histories.of(shown.key);
        let contents = contents::contents(history, Instant::now(), memory);
        for (graph, content) in self.graphs.iter().zip(contents) {
            graph.show(content);
        }
        let summary = shown.guest.summary.as_ref();
        let [_, _, disks, network] = &self.graphs;
        disks
            .widget()
            .set_visible(summary.is_none_or(|it| !it.disks.is_empty()));
        network
            .widget()
            .set_visible(summary.is_none_or(|it| !it.networks.is_empty()));
    }
}
