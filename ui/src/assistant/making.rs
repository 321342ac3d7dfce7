// SPDX-License-Identifier: GPL-3.0-or-later
//! From what was chosen to a request, its summary, and the creation.

use oriel::error::JobError;
use oriel::guest::create::{CreateRequest, Created, Encryption, InstallSource, Plan};
use oriel::secret::Passphrase;
use oriel::shown::shown;
use oriel::{Error, job};
use oriel_ui_kit::i18n::{gettext, gettext_f};
use oriel_ui_kit::units;
use relm4::{ComponentSender, adw};

use super::pages::Protection;
use super::proposals::MIB;
use super::steps::Step;
use super::{Assistant, Making, watchers, words};
use crate::engine::GuestKey;
use crate::words::errors::Trouble;

impl Assistant {
    /// Has all of it checked.
    pub(super) fn check(&mut self, sender: &ComponentSender<Self>) {
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

    /// What will be made, in names and values.
    fn facts(&self, plan: &Plan) -> Vec<(String, String)> {
        let mut facts = vec![(gettext("Name"), shown(&plan.name).into_owned())];
        if self.connections > 1
            && let Some(connection) = self.connection()
        {
            let place = words::connection_name(connection.uri());
            facts.push((gettext("Host"), place));
        }
        let source = match self.source.source() {
            Some(InstallSource::Cdrom(path)) => shown(&path.to_string_lossy()).into_owned(),
            Some(InstallSource::Kernel { kernel, initrd, .. }) => {
                let (kernel, initrd) = (kernel.to_string_lossy(), initrd.to_string_lossy());
                format!("{}\n{}", shown(&kernel), shown(&initrd))
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
            facts.push((gettext("Network"), words::network_text(network)));
        }
        let Some(disk) = &plan.disk else {
            facts.push((gettext("Disk"), gettext("None")));
            return facts;
        };
        let size = self.disk.disk().map_or(0, |(bytes, _)| bytes / 1024);
        facts.push((
            gettext("Disk"),
            format!("{}\n{}", units::size(size), shown(&disk.path)),
        ));
        let encryption = match self.disk.protection() {
            Protection::None => gettext("Not encrypted"),
            Protection::Generated => gettext("With a generated passphrase, kept in your keyring"),
            Protection::Own if self.disk.has_keyring() => {
                gettext("With your passphrase, kept in your keyring")
            }
            Protection::Own => gettext("With your passphrase, not saved"),
        };
        facts.push((gettext("Encryption"), encryption));
        facts
    }

    /// Makes it.
    pub(super) fn make(&mut self, mut plan: Plan, sender: &ComponentSender<Self>) {
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
        let lasts = self.engine.jobs().begin(
            gettext_f("“{name}” is being created", &[("name", &plan.name)]),
            Some(handle.clone()),
        );
        let out = sender.command_sender().clone();
        let making = watchers::create(connection, plan, ends, lasts, out);
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
            Err(error) if error.is_cancelled() => {
                self.progress.cancelled();
                self.making = Making::Ended(Step::Disk);
            }
            Err(error) => {
                let heading =
                    gettext_f("Could Not Create “{name}”", &[("name", &self.name.name())]);
                let left = matches!(error, Error::Job(JobError::LeftBehind { .. }));
                self.progress.failed(&Trouble::new(heading, &error), left);
                self.making = Making::Ended(Step::of(&error));
            }
        }
        if leave {
            self.close(root, sender);
        }
    }
}
