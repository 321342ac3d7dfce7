// SPDX-License-Identifier: GPL-3.0-or-later
//! How the assistant goes from step to step.

use oriel::guest::create::{InstallSource, Offers};
use oriel::message::Message;
use oriel::{Connection, Error};
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw, gtk};

use super::helpers;
use super::messages::{AssistantMsg, AssistantOutput, FileFor};
use super::pages::{Protection, Typed};
use super::steps::Step;
use super::{Assistant, Making, watchers};
use crate::engine::ConnectionId;
use crate::words::errors::{self, Trouble};
use crate::words::names;
use oriel_ui_kit::i18n::{gettext, gettext_f};

impl Assistant {
    /// What the button at the left says.
    pub(super) fn back_label(&self) -> String {
        gettext(match (&self.making, self.step) {
            (Making::Running(_) | Making::Stopping { .. }, _) | (_, Step::Source) => "Cancel",
            (Making::Made(_), _) => "Close",
            _ => "Back",
        })
    }

    /// Whether it can be pressed.
    pub(super) fn can_go_back(&self) -> bool {
        !matches!(self.making, Making::Stopping { .. } | Making::Again)
    }

    /// What the button at the right says, if there is one.
    pub(super) fn next_label(&self) -> Option<String> {
        Some(gettext(match (&self.making, self.step) {
            (Making::Running(_) | Making::Stopping { .. } | Making::Again, _) => return None,
            (Making::Made(_), _) => "Open",
            (Making::Ended(_), Step::Progress) => "Try Again",
            (_, Step::Summary) => "Create",
            _ => "Next",
        }))
    }

    /// Whether it can be pressed.
    pub(super) fn can_go_on(&self) -> bool {
        if self.waiting {
            return false;
        }
        match self.step {
            Step::Source => self.source.source().is_some() && self.connection_id().is_some(),
            Step::Name => self.name_problem().is_none(),
            Step::Disk => {
                self.disk.protection() != Protection::Own
                    || match self.disk.typed() {
                        Typed::Same => true,
                        Typed::Nothing => self.own.is_some(),
                        Typed::Differing => false,
                    }
            }
            Step::Resources | Step::Summary | Step::Progress => true,
        }
    }

    /// Which step of how many it is.
    pub(super) fn subtitle(&self) -> String {
        if self.step == Step::Progress {
            return String::new();
        }
        gettext_f(
            "Step {number} of {all}",
            &[
                ("number", &self.step.number().to_string()),
                ("all", &Step::QUESTIONS.to_string()),
            ],
        )
    }

    /// Back, or away.
    pub(super) fn back(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        match (&self.making, self.step.before()) {
            (Making::Running(_) | Making::Made(_), _) | (_, None) => self.leave(root, sender),
            (Making::Stopping { .. } | Making::Again, _) => {}
            (Making::Ended(mend), _) if self.step == Step::Progress => {
                let mend = *mend;
                self.go(mend);
            }
            (_, Some(before)) => self.go(before),
        }
    }

    /// On.
    pub(super) fn next(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        // Enter comes here whatever the button shows.
        if !self.can_go_on() || self.next_label().is_none() {
            return;
        }
        match self.step {
            Step::Source => self.check_source(sender),
            Step::Name => self.go(Step::Resources),
            Step::Resources => self.go(Step::Disk),
            Step::Disk => self.check(sender),
            Step::Summary => {
                if let Some(plan) = self.plan.take() {
                    self.make(plan, sender);
                }
            }
            Step::Progress => match self.making {
                Making::Made(key) => {
                    let _ = sender.output(AssistantOutput::Created(key));
                    self.close(root, sender);
                }
                Making::Ended(_) => {
                    self.making = Making::Again;
                    self.check(sender);
                }
                _ => {}
            },
        }
    }

    /// Away; a creation that goes on is called off, and undone first.
    pub(super) fn leave(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        match &self.making {
            Making::Running(job) => {
                job.cancel();
                self.progress.stopping();
                self.making = Making::Stopping { leave: false };
            }
            // Asked for once more: then it goes when all is undone.
            Making::Stopping { .. } => self.making = Making::Stopping { leave: true },
            _ => self.close(root, sender),
        }
    }

    pub(super) fn close(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        self.disk.forget();
        self.own = None;
        self.generated = None;
        self.chooser = None;
        root.destroy();
        let _ = sender.output(AssistantOutput::Closed);
    }

    /// Shows a step.
    pub(super) fn go(&mut self, step: Step) {
        self.step = step;
        self.problem = None;
        if step < Step::Progress {
            self.making = Making::NotYet;
        }
        self.refresh();
        match step {
            Step::Source => self.source.focus(),
            Step::Name => self.name.focus(),
            Step::Resources => self.resources.focus(),
            Step::Disk => self.disk.focus(),
            Step::Summary => self.summary.focus(),
            Step::Progress => {}
        }
    }

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

    fn refresh(&self) {
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

    fn name_problem(&self) -> Option<String> {
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

    fn check_source(&mut self, sender: &ComponentSender<Self>) {
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
            && let Some(name) = helpers::suggested_name(&image, |name| self.is_taken(name))
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
