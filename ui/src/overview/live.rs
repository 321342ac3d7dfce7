// SPDX-License-Identifier: GPL-3.0-or-later
//! Pictures and figures of the guests that are in sight.

use oriel::Error;
use oriel::stats::Reading;
use oriel_ui_colour::{Painted, Picture};
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{ComponentSender, gtk};

use super::cells::Cell as GuestCell;
use super::{Overview, watchers};
use crate::engine::{ConnectionId, GuestKey};
use crate::listing::{GuestEntry, entry_of};

impl Overview {
    /// Takes over a picture. One that fails now and then keeps the last one.
    pub(super) fn picture(&mut self, key: GuestKey, taken: Result<Option<Picture>, Error>) {
        let Ok(Some(picture)) = taken else { return };
        if let Some(place) = self.places.borrow().get(&key) {
            place.cell.show_picture(Some(&picture.painted.texture));
        }
        self.pictures.insert(key, picture);
    }

    /// Has the pictures in sight painted again; the others are dropped, to be taken anew.
    pub(super) fn repaint(&mut self, sender: &ComponentSender<Self>) {
        self.pictures.retain(|key, _| self.in_sight.contains(key));
        let colours = self.engine.colours();
        for (key, picture) in &self.pictures {
            self.tasks.spawn(watchers::repaint(
                *key,
                picture.original.clone(),
                colours.clone(),
                sender.command_sender().clone(),
            ));
        }
    }

    /// Takes over a picture that was painted again, unless there is a newer one.
    pub(super) fn repainted(&mut self, key: GuestKey, painted: Painted) {
        let Some(picture) = self.pictures.get_mut(&key) else {
            return;
        };
        if picture.painted.serial > painted.serial {
            return;
        }
        picture.painted = painted;
        if let Some(place) = self.places.borrow().get(&key) {
            place.cell.show_picture(Some(&picture.painted.texture));
        }
    }

    /// Takes over figures.
    pub(super) fn take_figures(&mut self, connection: ConnectionId, reading: &Reading) {
        for (uuid, counters) in reading.iter() {
            let key = GuestKey {
                connection,
                uuid: *uuid,
            };
            self.figures.entry(key).or_default().take(*counters);
        }
        self.for_each_place(|key, cell, entry| {
            if key.connection == connection && reading.contains_key(&key.uuid) {
                let figures = self.figures.get(&key);
                if entry.guest.borrow().state.is_active() {
                    cell.show_figures(figures);
                }
            }
        });
        if self.order.get().needs_figures() {
            self.rank_by_figures();
        }
    }

    /// Puts the busiest first again.
    fn rank_by_figures(&self) {
        for object in self.model.iter::<glib::Object>().flatten() {
            let Some(entry) = entry_of(&object) else {
                continue;
            };
            if let Some(guest) = entry.as_guest() {
                let figures = self.figures.get(&guest.key);
                let busy = figures.and_then(|it| it.rates.cpu).unwrap_or(0.0);
                guest.busy.set(busy);
            }
        }
        self.sorter.changed(gtk::SorterChange::Different);
    }

    /// Does something with each guest that has a place.
    pub(super) fn for_each_place(&self, mut todo: impl FnMut(GuestKey, &GuestCell, &GuestEntry)) {
        for (key, place) in self.places.borrow().iter() {
            if let Some(entry) = entry_of(&place.object)
                && let Some(guest) = entry.as_guest()
            {
                todo(*key, &place.cell, guest);
            }
        }
    }
}
