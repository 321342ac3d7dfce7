// SPDX-License-Identifier: GPL-3.0-or-later
//! Which guests are in sight, and what is read of those.

use std::time::Duration;

use relm4::ComponentSender;
use relm4::gtk;
use relm4::gtk::graphene;
use relm4::gtk::prelude::*;
use tokio::sync::watch;
use uuid::Uuid;

use super::messages::View;
use super::watchers::{self, Target, Wanted};
use super::{Overview, OverviewWidgets};
use crate::engine::{ConnectionId, GuestKey};
use crate::listing::entry_of;

/// Pictures that are kept for guests out of sight, so that scrolling back shows them at once.
const KEPT_PICTURES: usize = 64;

/// Figures that are kept for guests out of sight.
const KEPT_FIGURES: usize = 2_048;

impl Overview {
    /// Looks which guests are in sight, and has those looked at.
    pub(super) fn look(&mut self, widgets: &OverviewWidgets, sender: &ComponentSender<Self>) {
        self.look_planned = false;
        let scrolled = match self.view {
            View::Gallery => &widgets.gallery_scroll,
            View::List => &widgets.list_scroll,
        };
        self.in_sight.clear();
        if self.seen {
            #[allow(clippy::cast_precision_loss, reason = "windows are not that large")]
            let (width, height) = (scrolled.width() as f32, scrolled.height() as f32);
            let window = graphene::Rect::new(0.0, 0.0, width, height);
            for (key, place) in self.places.borrow().iter() {
                let cell = &place.cell;
                let bounds = cell.widget().compute_bounds(scrolled);
                let seen = bounds.is_some_and(|bounds| bounds.intersection(&window).is_some());
                if seen && cell.widget().is_mapped() {
                    self.in_sight.insert(*key);
                }
            }
        }
        self.show_kept();
        self.aim_pictures();
        self.aim_figures(sender);
        self.forget();
    }

    fn show_kept(&self) {
        for (key, place) in self.places.borrow().iter() {
            let cell = &place.cell;
            cell.show_figures(self.figures.get(key));
            if let Some(picture) = self.pictures.get(key) {
                cell.show_picture(Some(&picture.painted.texture));
            }
        }
    }

    fn aim_pictures(&self) {
        let mut targets = Vec::new();
        if self.view == View::Gallery && !self.picture_interval.is_zero() {
            self.for_each_place(|key, _, entry| {
                let guest = entry.guest.borrow();
                if self.in_sight.contains(&key)
                    && guest.state.is_active()
                    && let Some(connection) = self.engine.connection(key.connection)
                {
                    targets.push(Target {
                        key,
                        guest: guest.clone(),
                        connection,
                    });
                }
            });
        }
        targets.sort_by_key(|target| target.key);
        let interval = self.picture_interval;
        self.wanted_pictures.send_if_modified(|wanted| {
            let keys = |targets: &[Target]| -> Vec<_> {
                let of = |one: &Target| (one.key, one.guest.id);
                targets.iter().map(of).collect()
            };
            let same = wanted.interval == interval && keys(&wanted.targets) == keys(&targets);
            if !same {
                *wanted = Wanted { targets, interval };
            }
            !same
        });
    }

    fn aim_figures(&mut self, sender: &ComponentSender<Self>) {
        let mut keys: Vec<GuestKey> = Vec::new();
        let seen = self.seen && !self.figure_interval.is_zero();
        if seen && self.order.get().needs_figures() {
            for object in self.model.iter::<gtk::glib::Object>().flatten() {
                keys.extend(running(&object));
            }
        } else if seen && self.view == View::List {
            self.for_each_place(|key, _, entry| {
                if self.in_sight.contains(&key) && entry.guest.borrow().state.is_active() {
                    keys.push(key);
                }
            });
        }
        keys.sort_unstable();
        let connections = self.engine.connections();
        // The task of a connection that was removed ends with its sender.
        self.wanted_figures
            .retain(|id, _| connections.iter().any(|(known, _)| known == id));
        for (id, _) in connections {
            let here = keys.iter().filter(|key| key.connection == id);
            let uuids: Vec<_> = here.map(|key| key.uuid).collect();
            self.follow_figures(id, uuids, sender);
        }
    }

    fn follow_figures(
        &mut self,
        id: ConnectionId,
        uuids: Vec<Uuid>,
        sender: &ComponentSender<Self>,
    ) {
        if let Some(wanted) = self.wanted_figures.get(&id)
            && !wanted.is_closed()
        {
            wanted.send_if_modified(|before| {
                let other = *before != uuids;
                if other {
                    *before = uuids;
                }
                other
            });
            return;
        }
        if uuids.is_empty() {
            return;
        }
        let Some(connection) = self.engine.connection(id) else {
            return;
        };
        let (wanted, shown) = watch::channel(uuids);
        self.wanted_figures.insert(id, wanted);
        self.tasks.spawn(watchers::figures(
            id,
            connection,
            shown,
            self.figure_interval,
            sender.command_sender().clone(),
        ));
    }

    /// Drops what is kept of guests out of sight, where that is much.
    fn forget(&mut self) {
        let places = self.places.borrow();
        if self.pictures.len() > KEPT_PICTURES {
            self.pictures.retain(|key, _| self.in_sight.contains(key));
        }
        if self.figures.len() > KEPT_FIGURES && !self.order.get().needs_figures() {
            self.figures.retain(|key, _| places.contains_key(key));
        }
    }

    /// Takes other intervals, in seconds; 0 takes none.
    pub(super) fn set_intervals(
        &mut self,
        pictures: u32,
        figures: u32,
        sender: &ComponentSender<Self>,
    ) {
        self.picture_interval = Duration::from_secs(pictures.into());
        let figures = Duration::from_secs(figures.into());
        if self.figure_interval != figures {
            self.figure_interval = figures;
            // The tasks end with their senders; others begin at the new interval.
            self.wanted_figures.clear();
        }
        self.plan_look(sender);
    }
}

fn running(object: &gtk::glib::Object) -> Option<GuestKey> {
    let entry = entry_of(object)?;
    let guest = entry.as_guest()?;
    let active = guest.guest.borrow().state.is_active();
    active.then_some(guest.key)
}
