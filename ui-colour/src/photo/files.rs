// SPDX-License-Identifier: GPL-3.0-or-later
//! Which files a window of a photo reads: the photo, and the profile of a proof.

use std::path::{Path, PathBuf};

use oriel_colour::picture::PictureError;
use oriel_colour::profile::Profile;
use oriel_ui_kit::i18n::gettext;
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw, gtk};

use super::messages::{PhotoCmd, PhotoMsg, Shown};
use super::zoom::Zoom;
use super::{Content, Photo, setting, watchers, words};

impl Photo {
    /// Asks for a photo.
    pub(super) fn choose_photo(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        let photos = gtk::FileFilter::new();
        photos.set_name(Some(&gettext("Photos")));
        for ending in setting::ENDINGS {
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
}
