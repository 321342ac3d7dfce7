// SPDX-License-Identifier: GPL-3.0-or-later
//! What the window of a photo does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oriel_colour::picture::{Part, PictureError};
use oriel_colour::profile::Profile;
use oriel_words::shown::{shown, shown_lines};
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw, gtk};

use super::helpers::{self, Setting, Step, Wish, Zoom, around, float};
use super::messages::{Painted, PhotoCmd, PhotoMsg, Shown};
use super::{Content, Photo, watchers, words};
use oriel_ui_kit::i18n::gettext;

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

    /// Asks for a photo.
    pub(super) fn choose_photo(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        let photos = gtk::FileFilter::new();
        photos.set_name(Some(&gettext("Photos")));
        for ending in helpers::ENDINGS {
            photos.add_suffix(ending);
        }
        let input = sender.input_sender().clone();
        self.choose(root, &gettext("Open a Photo"), &photos, move |file| {
            input.emit(PhotoMsg::Load(file));
        });
    }

    /// Asks for a profile to be imitated.
    pub(super) fn choose_proof(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        let profiles = gtk::FileFilter::new();
        profiles.set_name(Some(&gettext("Color Profiles")));
        profiles.add_suffix("icc");
        profiles.add_suffix("icm");
        let input = sender.input_sender().clone();
        let title = gettext("Choose a Profile to Imitate");
        self.choose(root, &title, &profiles, move |file| {
            input.emit(PhotoMsg::Proof(Some(file)));
        });
    }

    fn choose(
        &mut self,
        root: &adw::Window,
        title: &str,
        filter: &gtk::FileFilter,
        chosen: impl Fn(PathBuf) + 'static,
    ) {
        let chooser = gtk::FileChooserNative::new(
            Some(title),
            Some(root),
            gtk::FileChooserAction::Open,
            Some(&gettext("_Open")),
            Some(&gettext("_Cancel")),
        );
        chooser.set_modal(true);
        chooser.add_filter(filter);
        chooser.connect_response(move |chooser, response| {
            let file = chooser.file().and_then(|file| file.path());
            if let (gtk::ResponseType::Accept, Some(file)) = (response, file) {
                chosen(file);
            }
        });
        chooser.show();
        self.chooser = Some(chooser);
    }

    /// Begins to read a photo.
    pub(super) fn load(&mut self, file: &Path, sender: &ComponentSender<Self>) {
        self.asked += 1;
        let name = file.file_name().unwrap_or_default();
        self.name = name.to_string_lossy().into_owned();
        self.content = Content::Loading;
        self.zoom = Zoom::Fit;
        self.view.clear();
        let (number, file) = (self.asked, file.to_owned());
        watchers::off_thread(&self.tasks, sender, move || watchers::load(number, &file));
    }

    /// Shows what was read.
    pub(super) fn loaded(
        &mut self,
        number: u64,
        result: Result<Shown, PictureError>,
        sender: &ComponentSender<Self>,
    ) {
        if number != self.asked {
            return;
        }
        match result {
            Ok(shown) => {
                self.view.describe(&self.name);
                self.content = Content::Shown(shown);
                // The window's own wishes stay, but whether it is managed is another photo's.
                self.wish.managed = None;
                self.lay_out();
                self.paint(sender);
                self.view.scroller.grab_focus();
            }
            Err(error) => self.content = Content::Failed(words::failure(&error)),
        }
        self.show_wish();
    }

    /// Pixels of the screen for one of the photo's.
    fn zoom_number(&self, shown: &Shown) -> f64 {
        let (width, height) = shown.levels.size();
        self.zoom
            .number((float(width), float(height)), self.view.place())
    }

    /// Gives the photo its place.
    fn lay_out(&self) {
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

    /// Begins to read the profile to be imitated, or imitates none any more.
    pub(super) fn load_proof(&mut self, file: Option<PathBuf>, sender: &ComponentSender<Self>) {
        if let Some(file) = file {
            watchers::off_thread(&self.tasks, sender, move || {
                PhotoCmd::Proof(watchers::read_profile(&file))
            });
        } else {
            self.proof = None;
            self.show_wish();
            self.paint(sender);
        }
    }

    /// Imitates a profile, or says why not.
    pub(super) fn proof_read(
        &mut self,
        result: Result<Profile, String>,
        root: &adw::Window,
        sender: &ComponentSender<Self>,
    ) {
        match result {
            Ok(profile) => {
                self.proof = Some(profile);
                self.show_wish();
                self.paint(sender);
            }
            Err(why) => {
                let dialog = adw::MessageDialog::new(
                    Some(root),
                    Some(&gettext("The Profile Can’t Be Used")),
                    Some(&why),
                );
                dialog.add_response("close", &gettext("_Close"));
                dialog.present();
            }
        }
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
