// SPDX-License-Identifier: GPL-3.0-or-later
//! The passphrase in the assistant's hands: typed twice, rated, taken; or made up, looked at, copied.
//! It is in guarded memory whenever it is not on the screen.

use std::time::Duration;

use libvirt_ext::memory::ScrubFreed;
use oriel::secret::Passphrase;
use relm4::adw::prelude::*;
use relm4::gtk::{gdk, glib};
use relm4::{ComponentSender, adw};

use super::pages::{Protection, Typed, copied_text};
use super::{Assistant, watchers};

/// How long a copied passphrase stays in the clipboard.
const IN_CLIPBOARD: Duration = Duration::from_mins(1);

impl Assistant {
    /// What was typed twice goes into guarded memory.
    pub(super) fn take_passphrase(&mut self) -> oriel::Result<()> {
        if self.disk.protection() != Protection::Own {
            self.disk.forget();
        } else if self.disk.typed() == Typed::Same {
            self.own = Some(self.disk.take()?);
            self.disk.refresh(true);
        }
        self.disk.hide();
        Ok(())
    }

    /// A passphrase was edited: is it the same twice, and how strong is it?
    pub(super) fn passphrase_edited(&mut self, sender: &ComponentSender<Self>) {
        self.problem = None;
        self.disk.show_difference(self.disk.typed());
        self.rated += 1;
        let Some(candidate) = self.disk.candidate() else {
            self.disk.show_strength(None);
            return;
        };
        let (number, name) = (self.rated, self.name.name());
        let out = sender.command_sender().clone();
        self.engine
            .runtime()
            .spawn_blocking(move || watchers::rate(number, &candidate, &name, &out));
    }

    /// Shows the generated passphrase, or hides it.
    pub(super) fn reveal(&mut self) {
        if self.disk.is_shown() {
            self.disk.hide();
            return;
        }
        if self.generated.is_none() {
            match Passphrase::generate() {
                Ok(passphrase) => self.generated = Some(passphrase),
                Err(error) => return self.refuse(&error),
            }
        }
        if let Some(passphrase) = &self.generated {
            self.disk.show(passphrase);
        }
    }

    /// Puts the generated passphrase into the clipboard for a while.
    pub(super) fn copy(&self, root: &adw::Window, toasts: &adw::ToastOverlay) {
        let Some(passphrase) = &self.generated else {
            return;
        };
        let clipboard = root.clipboard();
        let content = {
            let _scrub = ScrubFreed::new();
            passphrase.expose(|text| gdk::ContentProvider::for_value(&text.to_value()))
        };
        if clipboard.set_content(Some(&content)).is_err() {
            return;
        }
        glib::timeout_add_local_once(IN_CLIPBOARD, move || {
            let _scrub = ScrubFreed::new();
            if clipboard.content().as_ref() == Some(&content) {
                let _ = clipboard.set_content(None::<&gdk::ContentProvider>);
            }
            drop(content);
        });
        let text = copied_text(IN_CLIPBOARD.as_secs());
        let toast = adw::Toast::new(&glib::markup_escape_text(&text));
        toasts.add_toast(toast);
    }
}
