// SPDX-License-Identifier: GPL-3.0-or-later
//! How the page follows its guest.

use std::sync::Arc;

use oriel::Error;
use oriel::domain::DomainState;
use oriel::preview::Preview;
use oriel::xml::DomainSummary;
use relm4::adw::prelude::*;
use relm4::gtk::{gdk, gio, glib};
use relm4::{ComponentSender, adw, gtk};

use super::helpers;
use super::messages::{PageMsg, PageOutput, Shown};
use super::watchers::Target;
use super::{GuestPage, GuestPageWidgets};
use crate::engine::{Action, GuestKey};
use crate::i18n::{gettext, gettext_f};
use crate::sidebar::helpers::Lock;

/// The bytes of a pixel, red, green, blue and alpha.
const PIXEL: usize = 4;

/// A `GAction` for each action; the menu's entries and buttons go by them.
pub(super) fn action_group(sender: &ComponentSender<GuestPage>) -> gio::SimpleActionGroup {
    let group = gio::SimpleActionGroup::new();
    for action in Action::ALL {
        let one = gio::SimpleAction::new(action.id(), None);
        let input = sender.input_sender().clone();
        one.connect_activate(move |_, _| input.emit(PageMsg::Wanted(action)));
        group.add_action(&one);
    }
    group
}

impl GuestPage {
    /// Shows a guest, or its new state.
    pub(super) fn show(
        &mut self,
        shown: Shown,
        widgets: &GuestPageWidgets,
        root: &gtk::ScrolledWindow,
    ) {
        let before = self.shown.replace(shown);
        let Some(now) = &self.shown else { return };
        let other = before.as_ref().is_none_or(|it| it.key != now.key);
        let new_run = before
            .as_ref()
            .is_some_and(|it| it.guest.id != now.guest.id);
        if other || new_run || !now.guest.state.is_active() {
            widgets.picture.set_paintable(None::<&gdk::Paintable>);
            self.has_picture = false;
            self.no_picture = gettext(if now.guest.state.is_active() {
                "Taking a picture of the screen …"
            } else {
                "It is off, so there is nothing to see."
            });
        }
        if other {
            root.vadjustment().set_value(0.0);
        }
        let offers = |shown: &Shown| (shown.guest.state, shown.busy);
        if before.as_ref().map(offers) != Some(offers(now)) {
            fill_buttons(&widgets.buttons, now.guest.state);
        }
        self.allow_actions();
        let summary = |shown: &Shown| shown.guest.summary.clone();
        if before.as_ref().and_then(summary) != self.shown.as_ref().and_then(summary) {
            self.fill_disks(&widgets.disks);
        }
        self.aim();
    }

    /// Has pictures taken of the shown guest while it runs and the page is seen, else of nobody.
    pub(super) fn aim(&self) {
        let wanted = self
            .shown
            .as_ref()
            .filter(|shown| self.mapped && shown.guest.state == DomainState::Running);
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
        taken: Result<Preview, Error>,
        widgets: &GuestPageWidgets,
    ) {
        let current = self
            .shown
            .as_ref()
            .is_some_and(|shown| shown.key == key && shown.guest.state.is_active());
        if !current {
            return;
        }
        match taken.map(texture) {
            Ok(Some(texture)) => {
                widgets.picture.set_paintable(Some(&texture));
                self.has_picture = true;
            }
            // One that fails now and then keeps the last picture.
            _ if self.has_picture => {}
            Ok(None) => self.no_picture = gettext("The picture of the screen is damaged."),
            Err(error) => {
                self.no_picture = gettext_f(
                    "No picture of the screen. {why}",
                    &[("why", &error.to_string())],
                );
            }
        }
    }

    /// Passes a wish on; what loses work is asked about first.
    pub(super) fn wanted(
        &self,
        action: Action,
        root: &gtk::ScrolledWindow,
        sender: &ComponentSender<Self>,
    ) {
        let Some(shown) = &self.shown else { return };
        let key = shown.key;
        let output = sender.output_sender().clone();
        let name = shown.guest.display_name();
        let Some((heading, body, yes)) = helpers::warning(action, name) else {
            output.emit(PageOutput::Wanted(key, action));
            return;
        };
        let parent = root.root().and_downcast::<gtk::Window>();
        let dialog = adw::MessageDialog::new(parent.as_ref(), Some(&heading), Some(&body));
        dialog.add_response("cancel", &gettext("_Cancel"));
        dialog.add_response("yes", &yes);
        dialog.set_response_appearance("yes", adw::ResponseAppearance::Destructive);
        dialog.set_default_response(Some("cancel"));
        dialog.set_close_response("cancel");
        dialog.connect_response(Some("yes"), move |_, _| {
            output.emit(PageOutput::Wanted(key, action));
        });
        dialog.present();
    }

    /// Why the guest could not be read, if so.
    pub(super) fn fault(&self) -> Option<&str> {
        self.shown.as_ref()?.guest.error.as_deref()
    }

    /// What is being done, in words.
    pub(super) fn progress(&self) -> Option<String> {
        self.shown.as_ref()?.busy.map(helpers::progress)
    }

    /// What the picture is, for who can't see it.
    pub(super) fn picture_name(&self) -> String {
        let name = self.shown.as_ref().map(|it| it.guest.display_name());
        gettext_f("Screen of “{name}”", &[("name", name.unwrap_or_default())])
    }

    /// A detail from the document, or a dash while it has not been read.
    pub(super) fn detail(&self, text: impl FnOnce(&DomainSummary) -> String) -> String {
        let summary = self
            .shown
            .as_ref()
            .and_then(|it| it.guest.summary.as_deref());
        summary.map_or_else(|| "–".to_owned(), text)
    }

    /// How the key stands; nothing for a guest without one.
    pub(super) fn key_text(&self) -> Option<String> {
        let shown = self.shown.as_ref()?;
        helpers::key_text(Lock::of(&shown.guest, shown.secret))
    }

    /// While something is being done, only pulling the plug is allowed beside it.
    fn allow_actions(&self) {
        let Some(shown) = &self.shown else { return };
        for action in Action::ALL {
            let free = match shown.busy {
                None => true,
                Some(busy) => action == Action::ForceOff && busy != Action::ForceOff,
            };
            if let Some(one) = self.actions.lookup_action(action.id())
                && let Ok(one) = one.downcast::<gio::SimpleAction>()
            {
                one.set_enabled(free && action.fits(shown.guest.state));
            }
        }
    }

    fn fill_disks(&mut self, group: &adw::PreferencesGroup) {
        for row in self.disk_rows.drain(..) {
            group.remove(&row);
        }
        let summary = self.shown.as_ref().and_then(|it| it.guest.summary.clone());
        for disk in summary.iter().flat_map(|summary| &summary.disks) {
            let (title, place) = helpers::disk_lines(disk);
            let row = adw::ActionRow::builder()
                .use_markup(false)
                .title(title)
                .subtitle(place)
                .build();
            group.add(&row);
            self.disk_rows.push(row);
        }
    }
}

fn fill_buttons(buttons: &gtk::Box, state: DomainState) {
    while let Some(child) = buttons.first_child() {
        buttons.remove(&child);
    }
    let (shown, menu) = helpers::offered(state);
    for (place, action) in shown.into_iter().enumerate() {
        let button = gtk::Button::with_label(&helpers::label(action));
        if place == 0 && matches!(action, Action::Launch | Action::Resume) {
            button.add_css_class("suggested-action");
        }
        button.set_action_name(Some(&format!("guest.{}", action.id())));
        buttons.append(&button);
    }
    if menu.is_empty() {
        return;
    }
    let model = gio::Menu::new();
    for action in menu {
        let name = format!("guest.{}", action.id());
        model.append(Some(&helpers::label(action)), Some(&name));
    }
    let more = gtk::MenuButton::builder()
        .label(gettext("More"))
        .menu_model(&model)
        .build();
    buttons.append(&more);
}

/// The picture for GTK; `None` if its fields contradict each other.
fn texture(preview: Preview) -> Option<gdk::MemoryTexture> {
    let stride = usize::try_from(preview.width).ok()?.checked_mul(PIXEL)?;
    let rows = usize::try_from(preview.height).ok()?;
    if stride == 0 || preview.rgba.len() != stride.checked_mul(rows)? {
        return None;
    }
    Some(gdk::MemoryTexture::new(
        i32::try_from(preview.width).ok()?,
        i32::try_from(preview.height).ok()?,
        gdk::MemoryFormat::R8g8b8a8,
        &glib::Bytes::from_owned(preview.rgba),
        stride,
    ))
}
