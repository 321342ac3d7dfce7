// SPDX-License-Identifier: GPL-3.0-or-later
//! The picture of a guest's screen: when it is taken, and how it is painted.

use std::sync::Arc;

use oriel::Error;
use oriel_ui_colour::{Painted, Picture};
use oriel_ui_kit::i18n::{gettext, gettext_f, said};
use relm4::ComponentSender;

use super::watchers::Target;
use super::{GuestPage, GuestPageWidgets, watchers};
use crate::engine::GuestKey;

impl GuestPage {
    /// Has pictures taken of the shown guest while it is active and the page is seen, else of nobody.
    pub(super) fn aim(&self) {
        let wanted = self
            .shown
            .as_ref()
            .filter(|shown| self.seen && shown.guest.state.is_active());
        let wanted = wanted.and_then(|shown| {
            Some(Target {
                key: shown.key,
                run: shown.guest.id,
                guest: Arc::clone(&shown.guest),
                connection: self.engine.connection(shown.key.connection)?.clone(),
            })
        });
        self.target.send_if_modified(|target| {
            let same = match (&*target, &wanted) {
                (Some(before), Some(now)) => before.is_same(now),
                (None, None) => true,
                _ => false,
            };
            if !same {
                *target = wanted;
            }
            !same
        });
    }

    /// Takes over a picture, unless the guest on show is another by now.
    pub(super) fn picture(
        &mut self,
        key: GuestKey,
        taken: Result<Option<Picture>, Error>,
        widgets: &GuestPageWidgets,
    ) {
        let current = self
            .shown
            .as_ref()
            .is_some_and(|shown| shown.key == key && shown.guest.state.is_active());
        if !current {
            return;
        }
        match taken {
            Ok(Some(picture)) => {
                let texture = &picture.painted.texture;
                widgets.picture.set_paintable(Some(texture));
                self.picture = Some(picture);
            }
            // One that fails now and then keeps the last picture.
            _ if self.picture.is_some() => {}
            Ok(None) => self.no_picture = gettext("The picture of the screen is damaged."),
            Err(error) => {
                self.no_picture = gettext_f(
                    "The screen can’t be shown. {why}",
                    &[("why", &said(&error.reason()))],
                );
            }
        }
    }

    /// Has the picture painted again.
    pub(super) fn repaint(&self, sender: &ComponentSender<Self>) {
        if let (Some(shown), Some(picture)) = (&self.shown, &self.picture) {
            self.tasks.spawn(watchers::repaint(
                shown.key,
                picture.original.clone(),
                self.engine.colours().clone(),
                sender.command_sender().clone(),
            ));
        }
    }

    /// Takes over the picture that was painted again, unless there is a newer one.
    pub(super) fn repainted(
        &mut self,
        key: GuestKey,
        painted: Painted,
        widgets: &GuestPageWidgets,
    ) {
        let current = self.shown.as_ref().is_some_and(|shown| shown.key == key);
        if let Some(picture) = self.picture.as_mut().filter(|_| current)
            && picture.painted.serial <= painted.serial
        {
            widgets.picture.set_paintable(Some(&painted.texture));
            picture.painted = painted;
        }
    }

    /// What the picture is, for who can't see it.
    pub(super) fn picture_name(&self) -> String {
        let name = self.shown.as_ref().map(|it| it.guest.display_name());
        gettext_f("Screen of “{name}”", &[("name", &name.unwrap_or_default())])
    }
}
