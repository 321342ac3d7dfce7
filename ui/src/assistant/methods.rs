// SPDX-License-Identifier: GPL-3.0-or-later
//! How the assistant goes from step to step.

use std::time::Duration;

use libvirt_ext::memory::ScrubFreed;
use oriel::domain::create::{CreateRequest, Created, Encryption, InstallSource, Offers, Plan};
use oriel::secret::Passphrase;
use oriel::{Connection, Error, job};
use relm4::adw::prelude::*;
use relm4::gtk::{gdk, glib};
use relm4::{ComponentSender, adw, gtk};

use super::helpers::{self, MIB};
use super::messages::{AssistantMsg, AssistantOutput, FileFor};
use super::pages::{Protection, Typed, copied_text};
use super::steps::Step;
use super::{Assistant, Making, watchers};
use crate::engine::{ConnectionId, GuestKey};
use crate::errors::{self, Trouble};
use crate::i18n::{gettext, gettext_f};
use crate::util::units;

/// How long a copied passphrase stays in the clipboard.
const IN_CLIPBOARD: Duration = Duration::from_mins(1);

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

    fn close(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        self.disk.forget();
        self.own = None;
        self.generated = None;
        self.chooser = None;
        root.destroy();
        let _ = sender.output(AssistantOutput::Closed);
    }

    /// Shows a step.
    fn go(&mut self, step: Step) {
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

    fn connection(&self) -> Option<Connection> {
        self.engine.connection(self.connection_id()?)
    }

    fn name_problem(&self) -> Option<String> {
        helpers::name_problem(&self.name.name(), |name| self.is_taken(name))
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
                heading: gettext("No connection is open"),
                body: gettext("A virtual machine is made on a host that libvirt manages."),
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
        keyring: Result<(), String>,
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
                let heading = gettext("The host does not say what it has");
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

    /// Has all of it checked.
    fn check(&mut self, sender: &ComponentSender<Self>) {
        if let Err(error) = self.take_passphrase() {
            self.refuse(&error);
            return;
        }
        let request = match self.request() {
            Ok(Some(request)) => request,
            Ok(None) => return,
            Err(error) => {
                self.refuse(&error);
                return;
            }
        };
        let Some(connection) = self.connection() else {
            return;
        };
        let planning = watchers::plan(connection, request, sender.command_sender().clone());
        self.engine.runtime().spawn(planning);
        self.waiting = true;
    }

    /// What was typed twice goes into guarded memory.
    fn take_passphrase(&mut self) -> oriel::Result<()> {
        if self.disk.protection() != Protection::Own {
            self.disk.forget();
        } else if self.disk.typed() == Typed::Same {
            self.own = Some(self.disk.take()?);
            self.disk.refresh(true);
        }
        self.disk.hide();
        Ok(())
    }

    fn request(&self) -> oriel::Result<Option<CreateRequest>> {
        let Some(source) = self.source.source() else {
            return Ok(None);
        };
        let copy = |passphrase: &Option<Passphrase>| {
            let copy = passphrase.as_ref().map(Passphrase::try_clone).transpose()?;
            Ok::<_, Error>(copy.map(Encryption::Passphrase))
        };
        let encryption = match self.disk.protection() {
            Protection::None => Encryption::None,
            Protection::Generated => copy(&self.generated)?.unwrap_or(Encryption::Generated),
            Protection::Own => match copy(&self.own)? {
                Some(own) => own,
                None => return Ok(None),
            },
        };
        let (disk_bytes, pool) = self.disk.disk().unzip();
        Ok(Some(CreateRequest {
            name: self.name.name(),
            source,
            memory_kib: self.resources.memory_mib() * MIB,
            vcpus: self.resources.processors(),
            disk_bytes,
            pool: pool.flatten(),
            encryption,
            cpu_shares: self.resources.cpu_shares(),
            memory_limit_kib: self.resources.limit_mib().map(|limit| limit * MIB),
            virt_type: self.resources.virt_type(),
            network: self.resources.network(),
            start: self.summary.start(),
        }))
    }

    /// On to the summary, or to the page where a fault can be mended.
    pub(super) fn planned(&mut self, plan: Result<Plan, Error>, sender: &ComponentSender<Self>) {
        self.waiting = false;
        match plan {
            Ok(plan) if matches!(self.making, Making::Again) => self.make(plan, sender),
            Ok(plan) => {
                let facts = self.facts(&plan);
                self.summary.show(&facts, &plan);
                self.plan = Some(plan);
                self.go(Step::Summary);
            }
            Err(error) => self.refuse(&error),
        }
    }

    fn refuse(&mut self, error: &Error) {
        // A page that was not reached yet has nothing to mend.
        let step = Step::of(error).min(self.step);
        self.go(step);
        let heading = gettext(match error {
            Error::Unfit { .. } | Error::Invalid { .. } => "This can’t be made as it is",
            _ => "This could not be checked",
        });
        self.problem = Some(Trouble::new(heading, error));
    }

    /// What will be made, in names and values.
    fn facts(&self, plan: &Plan) -> Vec<(String, String)> {
        let mut facts = vec![(gettext("Name"), plan.name.clone())];
        if self.connections > 1
            && let Some(connection) = self.connection()
        {
            let place = helpers::connection_name(connection.uri());
            facts.push((gettext("Made on"), place));
        }
        let source = match self.source.source() {
            Some(InstallSource::Cdrom(path)) => path.display().to_string(),
            Some(InstallSource::Kernel { kernel, initrd, .. }) => {
                format!("{}\n{}", kernel.display(), initrd.display())
            }
            None => String::new(),
        };
        facts.push((gettext("Installs From"), source));
        let memory = units::size(self.resources.memory_mib() * MIB);
        let memory = match self.resources.limit_mib() {
            None => memory,
            Some(limit) => gettext_f(
                "{size}, at most {limit} on the host",
                &[("size", &memory), ("limit", &units::size(limit * MIB))],
            ),
        };
        facts.push((gettext("Memory"), memory));
        let processors = self.resources.processors().to_string();
        let processors = match self.resources.cpu_shares() {
            None => processors,
            Some(shares) => gettext_f(
                "{number}, with {shares} CPU shares",
                &[("number", &processors), ("shares", &shares.to_string())],
            ),
        };
        facts.push((gettext("Processors"), processors));
        if let Some(offers) = &self.offers {
            let chosen = self.resources.network();
            let network = chosen.as_ref().unwrap_or(&offers.usual_network);
            facts.push((gettext("Network"), helpers::network_text(network)));
        }
        let Some(disk) = &plan.disk else {
            facts.push((gettext("Disk"), gettext("None")));
            return facts;
        };
        let size = self.disk.disk().map_or(0, |(bytes, _)| bytes / 1024);
        facts.push((
            gettext("Disk"),
            format!("{}\n{}", units::size(size), disk.path),
        ));
        let encryption = match self.disk.protection() {
            Protection::None => gettext("None: who has the file can read it"),
            Protection::Generated => gettext("With a generated passphrase, kept in your keyring"),
            Protection::Own if self.disk.has_keyring() => {
                gettext("With your passphrase, kept in your keyring")
            }
            Protection::Own => gettext("With your passphrase, which nobody keeps"),
        };
        facts.push((gettext("Encryption"), encryption));
        facts
    }

    /// Makes it.
    fn make(&mut self, mut plan: Plan, sender: &ComponentSender<Self>) {
        let Some(connection) = self.connection() else {
            return;
        };
        plan.start = self.summary.start();
        let mut steps = plan.steps();
        if !self.disk.has_keyring() {
            // The engine goes through that step, to find that nobody is there.
            steps.retain(|step| *step != "key");
        }
        self.progress.begin(&plan.name, &steps);
        let (control, handle) = job::control();
        self.step = Step::Progress;
        self.problem = None;
        let ends = (control, handle.clone());
        let making = watchers::create(connection, plan, ends, sender.command_sender().clone());
        self.engine.runtime().spawn(making);
        self.making = Making::Running(handle);
    }

    /// How it ended.
    pub(super) fn ended(
        &mut self,
        result: Result<Created, Error>,
        root: &adw::Window,
        sender: &ComponentSender<Self>,
    ) {
        let leave = matches!(self.making, Making::Stopping { leave: true });
        match result {
            Ok(created) => {
                self.disk.forget();
                self.own = None;
                self.generated = None;
                self.progress.made(&created);
                if let Some(connection) = self.connection_id() {
                    self.making = Making::Made(GuestKey {
                        connection,
                        uuid: created.uuid,
                    });
                }
                self.engine.look_at_keys();
            }
            Err(Error::Cancelled) => {
                self.progress.cancelled();
                self.making = Making::Ended(Step::Disk);
            }
            Err(error) => {
                let heading = gettext_f("Could not make “{name}”", &[("name", &self.name.name())]);
                let left = matches!(error, Error::LeftBehind { .. });
                self.progress.failed(&Trouble::new(heading, &error), left);
                self.making = Making::Ended(Step::of(&error));
            }
        }
        if leave {
            self.close(root, sender);
        }
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
