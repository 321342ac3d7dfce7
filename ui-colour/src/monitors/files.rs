// SPDX-License-Identifier: GPL-3.0-or-later
//! Files that are opened and saved: profiles and pictures.

use std::path::{Path, PathBuf};

use oriel_colour::profile::Profile;
use oriel_ui_kit::i18n::{gettext, gettext_f};
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw, gtk};

use super::compare_page::Other;
use super::messages::{FileFor, MonitorsCmd, MonitorsMsg};
use super::profile_page::name_of;
use super::{MonitorsPage, watchers};

/// Says that something can't be done with a file.
pub(super) fn complain(root: &adw::Window, heading: &str, path: &Path, why: &str) {
    let name = super::shown(path);
    let body = gettext_f("{file}: {why}.", &[("file", &name), ("why", why)]);
    let dialog = adw::MessageDialog::new(Some(root), Some(heading), Some(&body));
    dialog.add_response("close", &gettext("_Close"));
    dialog.present();
}

impl MonitorsPage {
    /// Looks for a file.
    pub(super) fn browse(
        &mut self,
        file: FileFor,
        root: &adw::Window,
        sender: &ComponentSender<Self>,
    ) {
        let (title, accept, action) = match file {
            FileFor::Monitor => (
                gettext("Choose a Profile File"),
                gettext("_Choose"),
                gtk::FileChooserAction::Open,
            ),
            FileFor::Comparison => (
                gettext("Compare With a Profile File"),
                gettext("_Compare"),
                gtk::FileChooserAction::Open,
            ),
            FileFor::Report => (
                gettext("Export the Report"),
                gettext("_Export"),
                gtk::FileChooserAction::Save,
            ),
        };
        let chooser = gtk::FileChooserNative::new(
            Some(&title),
            Some(root),
            action,
            Some(&accept),
            Some(&gettext("_Cancel")),
        );
        chooser.set_modal(true);
        let filters: &[(String, &[&str])] = if file == FileFor::Report {
            let name = self.monitor().map(|it| it.connector().to_owned());
            let name = format!("{}.txt", name.unwrap_or_default().replace('/', "-"));
            chooser.set_current_name(&name);
            &[
                (gettext("Text (*.txt)"), &["txt"]),
                (gettext("JSON (*.json)"), &["json"]),
            ]
        } else {
            &[(gettext("Color Profiles"), &["icc", "icm"])]
        };
        for (name, suffixes) in filters {
            let filter = gtk::FileFilter::new();
            filter.set_name(Some(name));
            for suffix in *suffixes {
                filter.add_suffix(suffix);
            }
            chooser.add_filter(&filter);
        }
        let all = gtk::FileFilter::new();
        all.set_name(Some(&gettext("All Files")));
        all.add_pattern("*");
        chooser.add_filter(&all);
        let input = sender.input_sender().clone();
        chooser.connect_response(move |chooser, response| {
            let path = chooser.file().and_then(|file| file.path());
            if response == gtk::ResponseType::Accept
                && let Some(path) = path
            {
                input.emit(MonitorsMsg::Chosen(file, path));
            }
        });
        chooser.show();
        self.file_chooser = Some(chooser);
    }

    /// Reads the file that was chosen, or writes to it.
    pub(super) fn chosen(&self, file: FileFor, path: PathBuf, sender: &ComponentSender<Self>) {
        let out = sender.command_sender().clone();
        if file != FileFor::Report {
            let of = path.clone();
            self.tasks.compute(
                move || watchers::open(&of),
                move |opened| out.emit(MonitorsCmd::Opened(file, path, opened)),
            );
            return;
        }
        let monitor = self.monitor();
        let kept = monitor.and_then(|monitor| self.report(monitor)?.report.clone());
        let Some(report) = kept else {
            return;
        };
        // It is written though the window closes.
        self.colours.runtime().spawn_blocking(move || {
            if let Err(why) = watchers::write(&path, &report) {
                out.emit(MonitorsCmd::NotWritten(path, why));
            }
        });
    }

    /// Uses a profile that was read for what it was wanted for; one that is refused changes
    /// nothing.
    pub(super) fn opened(
        &mut self,
        file: FileFor,
        path: &Path,
        opened: Result<Profile, String>,
        root: &adw::Window,
        sender: &ComponentSender<Self>,
    ) {
        let profile = match opened {
            Ok(profile) => profile,
            Err(why) => {
                complain(root, &gettext("This file can’t be used"), path, &why);
                return;
            }
        };
        if file == FileFor::Monitor {
            self.choose_file(Some(path));
            return;
        }
        self.file = Some(Other {
            name: gettext_f(
                "{profile} ({file})",
                &[
                    ("profile", &name_of(&profile)),
                    ("file", &super::shown(path)),
                ],
            ),
            profile,
        });
        self.with = self.others().len().saturating_sub(1);
        self.show(sender);
    }
}
