// SPDX-License-Identifier: GPL-3.0-or-later
//! Where from, and on which connection.

use std::path::PathBuf;

use oriel::guest::create::InstallSource;
use oriel_ui_kit::i18n::{gettext, gettext_f};
use oriel_ui_kit::rows::switch_row;
use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use crate::assistant::messages::{AssistantMsg, FileFor};
use crate::assistant::{rows, words};
use crate::engine::ConnectionId;

/// The page.
#[derive(Debug)]
pub struct SourcePage {
    /// Its widget.
    pub page: adw::PreferencesPage,
    connections: Vec<(ConnectionId, String)>,
    connection: adw::ComboRow,
    from_iso: gtk::CheckButton,
    iso: adw::EntryRow,
    kernel: adw::EntryRow,
    initrd: adw::EntryRow,
    arguments: adw::EntryRow,
    keep: gtk::Switch,
    iso_files: adw::PreferencesGroup,
    kernel_files: adw::PreferencesGroup,
    browse: Vec<gtk::Button>,
    remote: gtk::Label,
}

impl SourcePage {
    /// Makes it.
    pub fn new(
        connections: Vec<(ConnectionId, String)>,
        proposed: Option<ConnectionId>,
        out: &Sender<AssistantMsg>,
    ) -> Self {
        let page = adw::PreferencesPage::new();
        let kinds = rows::choice(
            [
                (
                    &gettext("ISO Image"),
                    &gettext("An installation CD or DVD as a file"),
                ),
                (
                    &gettext("Kernel and Initial Ramdisk"),
                    &gettext("For network installers and custom systems"),
                ),
            ],
            out,
        );
        let kind = rows::group("", "");
        for (row, _) in &kinds {
            kind.add(row);
        }
        let [(_, from_iso), _] = kinds;
        let (iso, iso_browse) = rows::path(&gettext("ISO Image File"), FileFor::Iso, out);
        let (kernel, kernel_browse) = rows::path(&gettext("Kernel"), FileFor::Kernel, out);
        let (initrd, initrd_browse) = rows::path(&gettext("Initial Ramdisk"), FileFor::Initrd, out);
        let arguments = rows::entry(&gettext("Kernel Arguments (Optional)"), out);
        let iso_files = rows::group("", "");
        iso_files.add(&iso);
        let kernel_files = rows::group("", "");
        for row in [&kernel, &initrd, &arguments] {
            kernel_files.add(row);
        }
        let (keep_row, keep) = switch_row(
            &gettext("Boot This Kernel at Every Start"),
            &gettext("Otherwise it is booted once to install, then the disk"),
        );
        kernel_files.add(&keep_row);
        let remote = rows::line();
        let place = rows::group("", "");
        let connection = rows::list(&gettext("Host"));
        let names: Vec<_> = connections
            .iter()
            .map(|(_, uri)| words::connection_name(uri))
            .collect();
        rows::fill(&connection, &names);
        let chosen = connections.iter().position(|(id, _)| Some(*id) == proposed);
        connection.set_selected(chosen.and_then(|at| u32::try_from(at).ok()).unwrap_or(0));
        let changed = out.clone();
        connection.connect_selected_notify(move |_| changed.emit(AssistantMsg::Connection));
        place.add(&connection);
        // With one connection there is nothing to choose.
        place.set_visible(connections.len() > 1);
        let notes = rows::group("", "");
        notes.add(&remote);
        for group in [&kind, &iso_files, &kernel_files, &notes, &place] {
            page.add(group);
        }
        Self {
            page,
            connections,
            connection,
            from_iso,
            iso,
            kernel,
            initrd,
            arguments,
            keep,
            iso_files,
            kernel_files,
            browse: vec![iso_browse, kernel_browse, initrd_browse],
            remote,
        }
    }

    /// The chosen connection.
    pub fn connection(&self) -> Option<ConnectionId> {
        let at = usize::try_from(self.connection.selected()).ok()?;
        self.connections.get(at).map(|(id, _)| *id)
    }

    /// What to start from, once there is enough.
    pub fn source(&self) -> Option<InstallSource> {
        let typed = |row: &adw::EntryRow| {
            let text = row.text();
            let text = text.trim();
            (!text.is_empty()).then(|| PathBuf::from(text))
        };
        if self.from_iso.is_active() {
            return typed(&self.iso).map(InstallSource::Cdrom);
        }
        Some(InstallSource::Kernel {
            kernel: typed(&self.kernel)?,
            initrd: typed(&self.initrd)?,
            cmdline: self.arguments.text().trim().to_owned(),
            keep: self.keep.is_active(),
        })
    }

    /// Puts a file into its row.
    pub fn set(&self, file: FileFor, path: &std::path::Path) {
        let row = match file {
            FileFor::Iso => &self.iso,
            FileFor::Kernel => &self.kernel,
            FileFor::Initrd => &self.initrd,
        };
        row.set_text(&path.to_string_lossy());
        row.set_position(-1);
    }

    /// Shows what belongs to the choices.
    pub fn refresh(&self) {
        let iso = self.from_iso.is_active();
        self.iso_files.set_visible(iso);
        self.kernel_files.set_visible(!iso);
        let chosen = self.connection();
        let uri = self.connections.iter().find(|(id, _)| Some(*id) == chosen);
        let host = uri.and_then(|(_, uri)| words::remote_host(uri));
        for button in &self.browse {
            button.set_visible(host.is_none());
        }
        let text = host.map_or_else(String::new, |host| {
            gettext_f(
                "The files must be on {host}: type their paths there.",
                &[("host", host)],
            )
        });
        rows::say(&self.remote, &text, false);
    }

    /// Goes to where something is to be typed.
    pub fn focus(&self) {
        if self.from_iso.is_active() {
            self.iso.grab_focus();
        } else {
            self.kernel.grab_focus();
        }
    }
}
