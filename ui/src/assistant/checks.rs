// SPDX-License-Identifier: GPL-3.0-or-later
//! What is asked of the host, and what is wrong with what was entered.

use oriel::guest::create::{InstallSource, Offers};
use oriel::message::Message;
use oriel::{Connection, Error};
use oriel_ui_kit::i18n::gettext;
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw, gtk};

use super::messages::{AssistantMsg, FileFor};
use super::pages::Protection;
use super::steps::Step;
use super::{Assistant, proposals, watchers};
use crate::engine::ConnectionId;
use crate::words::errors::{self, Trouble};
use crate::words::names;

impl Assistant {
    /// Something was edited: what was told about it may hold no more.
    pub(super) fn edited(&mut self) {
        if self.step < Step::Summary {
            self.problem = None;
        }
        self.refresh();
        let protection = self.disk.protection();
        let chosen = std::mem::replace(&mut self.protection, protection);
        if self.step == Step::Disk && protection == Protection::Own && chosen != protection {
            self.disk.focus_passphrase();
        }
    }

    pub(super) fn refresh(&self) {
        match self.step {
            Step::Source => self.source.refresh(),
            Step::Name => self.name.refresh(self.name_problem().as_deref()),
            Step::Resources => self.resources.refresh(),
            Step::Disk => self.disk.refresh(self.own.is_some()),
            Step::Summary | Step::Progress => {}
        }
    }

    /// Shows why it can't go on, above the page.
    pub(super) fn show_problem(&self, place: &gtk::Box) {
        while let Some(child) = place.first_child() {
            place.remove(&child);
        }
        let Some(trouble) = &self.problem else { return };
        for (text, class) in [(&trouble.heading, "heading"), (&trouble.body, "body")] {
            let label = gtk::Label::builder()
                .label(text)
                .wrap(true)
                .wrap_mode(gtk::pango::WrapMode::WordChar)
                .xalign(0.0)
                .build();
            label.add_css_class(class);
            place.append(&label);
        }
        place.append(&errors::more(trouble));
    }

    pub(super) fn connection(&self) -> Option<Connection> {
        self.engine.connection(self.connection_id()?)
    }

    pub(super) fn name_problem(&self) -> Option<String> {
        names::name_problem(&self.name.name(), |name| self.is_taken(name))
    }

    fn is_taken(&self, name: &str) -> bool {
        self.connection().is_some_and(|connection| {
            let inventory = connection.inventory();
            let state = inventory.borrow();
            state.guests.values().any(|guest| guest.name == name)
        })
    }

    /// Asks the chosen connection what a new guest can have there.
    pub(super) fn ask_offers(&mut self, sender: &ComponentSender<Self>) {
        self.offers = None;
        self.problem = None;
        self.source.refresh();
        let (Some(id), Some(connection)) = (self.connection_id(), self.connection()) else {
            self.problem = Some(Trouble {
                heading: gettext("No Open Connection"),
                body: gettext("Virtual machines are created on a host that libvirt manages."),
                next: Some(gettext("Open a connection first, and then try again.")),
                details: String::new(),
            });
            return;
        };
        let asking = watchers::offers(id, connection.clone(), sender.command_sender().clone());
        self.engine.runtime().spawn(asking);
        self.waiting = true;
    }

    /// Takes the answer over, unless another connection was chosen meanwhile.
    pub(super) fn take_offers(
        &mut self,
        id: ConnectionId,
        offers: Result<Offers, Error>,
        keyring: Result<(), Message>,
    ) {
        if self.connection_id() != Some(id) {
            return;
        }
        self.waiting = false;
        match offers {
            Ok(offers) => {
                self.resources.set_offers(&offers);
                self.disk.set_offers(&offers, keyring);
                self.disk.refresh(self.own.is_some());
                self.offers = Some(offers);
            }
            Err(error) => {
                let heading = gettext("Could Not Read Host Capabilities");
                self.problem = Some(Trouble::new(heading, &error));
            }
        }
    }

    pub(super) fn check_source(&mut self, sender: &ComponentSender<Self>) {
        if self.offers.is_none() {
            // It failed the last time.
            self.ask_offers(sender);
            return;
        }
        let (Some(connection), Some(source)) = (self.connection(), self.source.source()) else {
            return;
        };
        let (connection, out) = (connection.clone(), sender.command_sender().clone());
        self.engine
            .runtime()
            .spawn_blocking(move || watchers::source(&connection, source, &out));
        self.waiting = true;
    }

    /// On to the name if there is what the guest is to start from.
    pub(super) fn source_checked(&mut self, found: Result<(), Error>) {
        self.waiting = false;
        if let Err(error) = found {
            self.refuse(&error);
            return;
        }
        if self.name.name().is_empty()
            && let Some(InstallSource::Cdrom(image)) = self.source.source()
            && let Some(name) = proposals::suggested_name(&image, |name| self.is_taken(name))
        {
            self.name.set(&name);
        }
        self.go(Step::Name);
    }

    pub(super) fn refuse(&mut self, error: &Error) {
        // A page that was not reached yet has nothing to mend.
        let step = Step::of(error).min(self.step);
        self.go(step);
        let heading = gettext(match error {
            Error::Unfit { .. } | Error::Invalid { .. } => "This Can’t Be Created",
            _ => "This Could Not Be Checked",
        });
        self.problem = Some(Trouble::new(heading, error));
    }

    /// Looks for a file.
    pub(super) fn browse(
        &mut self,
        file: FileFor,
        root: &adw::Window,
        sender: &ComponentSender<Self>,
    ) {
        let title = gettext(match file {
            FileFor::Iso => "Choose an ISO Image",
            FileFor::Kernel => "Choose a Kernel",
            FileFor::Initrd => "Choose an Initial Ramdisk",
        });
        let chooser = gtk::FileChooserNative::new(
            Some(&title),
            Some(root),
            gtk::FileChooserAction::Open,
            Some(&gettext("_Choose")),
            Some(&gettext("_Cancel")),
        );
        chooser.set_modal(true);
        if file == FileFor::Iso {
            let images = gtk::FileFilter::new();
            images.set_name(Some(&gettext("ISO Images")));
            images.add_suffix("iso");
            chooser.add_filter(&images);
            let all = gtk::FileFilter::new();
            all.set_name(Some(&gettext("All Files")));
            all.add_pattern("*");
            chooser.add_filter(&all);
        }
        let input = sender.input_sender().clone();
        chooser.connect_response(move |chooser, response| {
            let path = chooser.file().and_then(|file| file.path());
            if response == gtk::ResponseType::Accept
                && let Some(path) = path
            {
                input.emit(AssistantMsg::Picked(file, path));
            }
        });
        chooser.show();
        self.chooser = Some(chooser);
    }
}
