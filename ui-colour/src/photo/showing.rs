// SPDX-License-Identifier: GPL-3.0-or-later
//! What the window of a photo shows, and the painting of what is in sight.

use std::path::Path;
use std::sync::Arc;

use oriel_colour::picture::Part;
use oriel_colour::profile::Profile;
use oriel_ui_kit::i18n::gettext;
use oriel_words::shown::{shown, shown_lines};
use relm4::ComponentSender;

use super::messages::{Painted, PhotoCmd, Shown};
use super::setting::{Setting, Wish};
use super::zoom::{Step, Zoom, around, float};
use super::{Content, Photo, watchers, words};

impl Photo {
    /// The title: the file's name.
    pub(super) fn title(&self) -> String {
        if self.name.is_empty() {
            gettext("Photo")
        } else {
            shown(&self.name).into_owned()
        }
    }

    /// Below the title.
    pub(super) fn subtitle(&self) -> String {
        match &self.content {
            Content::Shown(it) => shown_lines(&it.facts).into_owned(),
            _ => String::new(),
        }
    }

    /// Which page is in front.
    pub(super) fn page(&self) -> &'static str {
        match self.content {
            Content::Empty => "empty",
            Content::Loading => "loading",
            Content::Failed(_) => "failed",
            Content::Shown(_) => "photo",
        }
    }

    /// Why it can't be shown.
    pub(super) fn failure(&self) -> Option<&str> {
        match &self.content {
            Content::Failed(why) => Some(why),
            _ => None,
        }
    }

    /// What is in force.
    pub(super) fn line(&self) -> String {
        let Content::Shown(shown) = &self.content else {
            return String::new();
        };
        self.with_setting(shown, |setting| {
            let monitors = self.colours.monitors();
            let monitors = monitors.borrow();
            let monitor = monitors.named(&setting.aim.monitor);
            words::line(
                setting,
                monitor,
                self.display.as_ref(),
                self.fault.as_deref(),
            )
        })
    }

    fn with_setting<T>(&self, shown: &Shown, act: impl FnOnce(&Setting<'_>) -> T) -> T {
        let photos = self.settings.borrow().photos.clone();
        let aim = Arc::clone(&self.aim.borrow());
        act(&Setting {
            photos: &photos,
            wish: self.wish,
            proof: self.proof.as_ref(),
            display: self.display.as_ref().and_then(|it| it.as_ref().ok()),
            aim: &aim,
            tag: &shown.tag,
        })
    }

    /// Pixels of the screen for one of the photo's.
    fn zoom_number(&self, shown: &Shown) -> f64 {
        let (width, height) = shown.levels.size();
        self.zoom
            .number((float(width), float(height)), self.view.place())
    }

    /// Gives the photo its place.
    pub(super) fn lay_out(&self) {
        if let Content::Shown(shown) = &self.content {
            let zoom = self.zoom_number(shown);
            let (width, height) = shown.levels.size();
            self.view
                .lay_out(zoom, (float(width) * zoom, float(height) * zoom));
        }
    }

    /// Changes the zoom.
    pub(super) fn zoom(&mut self, step: Step, sender: &ComponentSender<Self>) {
        let Content::Shown(shown) = &self.content else {
            return;
        };
        self.zoom = Zoom::step(self.zoom_number(shown), step);
        self.lay_out();
        self.paint(sender);
    }

    /// Something else is in sight.
    pub(super) fn seen(&mut self, sender: &ComponentSender<Self>) {
        if self.zoom == Zoom::Fit {
            self.lay_out();
        }
        if let Content::Shown(shown) = &self.content
            && !self.view.is_painted(self.zoom_number(shown))
        {
            self.paint(sender);
        }
    }

    /// Paints what is in sight; once more where that is under way.
    pub(super) fn paint(&mut self, sender: &ComponentSender<Self>) {
        let Content::Shown(shown) = &self.content else {
            return;
        };
        if self.painting.busy {
            self.painting.again = true;
            return;
        }
        let zoom = self.zoom_number(shown);
        let (width, height) = shown.levels.size();
        let (place, from) = (self.view.place(), self.view.from());
        // Before the window is there, nothing is in sight.
        if place.0 < 2.0 || place.1 < 2.0 {
            return;
        }
        let whole = |length: usize| (float(length) * zoom).round().max(1.0);
        let (x, part_width) = around(from.0, place.0, whole(width));
        let (y, part_height) = around(from.1, place.1, whole(height));
        let part = Part {
            x,
            y,
            width: part_width,
            height: part_height,
        };
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method itself is not general enough in its lifetime"
        )]
        let recipe = self.with_setting(shown, |setting| setting.recipe());
        let (levels, colours) = (Arc::clone(&shown.levels), self.colours.clone());
        self.painting.busy = true;
        watchers::off_thread(&self.tasks, sender, move || {
            let painted = watchers::paint(&colours, &levels, recipe.as_ref(), part, zoom);
            PhotoCmd::Painted(Box::new(painted))
        });
    }

    /// Shows what was painted.
    pub(super) fn painted(&mut self, painted: &Painted, sender: &ComponentSender<Self>) {
        self.painting.busy = false;
        if let Content::Shown(_) = &self.content {
            self.fault.clone_from(&painted.fault);
            self.view.show(painted);
        }
        if std::mem::take(&mut self.painting.again) {
            self.paint(sender);
        } else {
            self.seen(sender);
        }
    }

    /// Takes over what the person wants of this window.
    pub(super) fn wish(&mut self, wish: Wish, sender: &ComponentSender<Self>) {
        if self.wish != wish {
            self.wish = wish;
            self.show_wish();
            self.paint(sender);
        }
    }

    /// Shows in the switches what is in force.
    pub(super) fn show_wish(&self) {
        let (managed, black_point) = match &self.content {
            Content::Shown(shown) => self.with_setting(shown, |setting| {
                (setting.is_managed(), setting.black_point())
            }),
            _ => (true, self.aim.borrow().black_point),
        };
        let proof = self.proof.as_ref().map(words::name);
        self.switches
            .show(self.wish, managed, black_point, proof.as_deref());
    }

    /// The preferences may be others.
    pub(super) fn settings_changed(&mut self, sender: &ComponentSender<Self>) {
        let file = self.settings.borrow().photos.display_profile.clone();
        watchers::off_thread(&self.tasks, sender, move || {
            PhotoCmd::Display(file.map(|file| watchers::read_profile(Path::new(&file))))
        });
    }

    /// The file in place of the monitor's profile was read.
    pub(super) fn display_read(
        &mut self,
        profile: Option<Result<Profile, String>>,
        sender: &ComponentSender<Self>,
    ) {
        self.display = profile;
        self.show_wish();
        self.paint(sender);
    }
}
