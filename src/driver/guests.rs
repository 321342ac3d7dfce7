// SPDX-License-Identifier: GPL-3.0-or-later
//! Guests: what there is of them, and what can be done with one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use libvirt_ext::stats::{DomainStats, StatsFlags, StatsGroups, all_domain_stats};
use uuid::Uuid;
use virt::domain::DomainState as RawState;
use virt::sys;

use super::{Answer, Driver};
use crate::model::act::Act;
use crate::model::doing;
use crate::model::error::cause;
use crate::model::error::failure::{Failure, Reason, unless_absent};
use crate::model::guest::{DomainState, Guest};
use crate::xml::DomainSummary;

/// A guest as libvirt has it, or had it a moment ago.
#[derive(Clone, Debug)]
pub(crate) struct Domain(pub(super) virt::domain::Domain);

/// Which of a guest's documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// As it is now: the live one while it runs.
    Now,
    /// As its next start has it.
    NextStart,
    /// The same with what is secret in it, such as passwords of screens, to be defined again.
    ToDefine,
}

/// Where a setting goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// To the running guest.
    Live,
    /// To its next start.
    Config,
}

/// What libvirt keeps beside a definition: firmware variables, the state of a TPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    /// It stays.
    Stays,
    /// It goes with the definition.
    Goes,
}

impl Driver {
    /// The guest of that UUID.
    pub(crate) fn domain(&self, uuid: Uuid) -> crate::Result<Domain> {
        self.main
            .lookup_domain_by_uuid(uuid)
            .map(Domain)
            .map_err(|error| self.failed(doing::FIND_GUEST, error.into()))
    }

    /// The guest of that UUID, if there is one.
    pub(crate) fn find_domain(&self, uuid: Uuid) -> Answer<Option<Domain>> {
        let found = self.main.lookup_domain_by_uuid(uuid);
        unless_absent(found.map(Domain).map_err(Into::into), Reason::NoGuest)
    }

    /// The UUID of the guest of that name, if there is one.
    pub(crate) fn uuid_by_name(&self, name: &str) -> Answer<Option<Uuid>> {
        let found = self.main.lookup_domain_by_name(name).map_err(Into::into);
        let found = unless_absent(found, Reason::NoGuest)?;
        Ok(found.map(|domain| domain.uuid()).transpose()?)
    }

    /// All guests.
    pub(crate) fn domains(&self) -> Answer<Vec<Domain>> {
        let all = self.main.list_all_domains(0)?;
        Ok(all.into_iter().map(Domain).collect())
    }

    /// Defines a guest, or replaces its definition.
    pub(crate) fn define(&self, document: &str) -> Answer<Domain> {
        Ok(Domain(self.main.define_domain_xml(document)?))
    }

    /// Starts a guest by a document that is not kept (`virDomainCreateXML`).
    pub(crate) fn start_as(&self, document: &str) -> Answer<Domain> {
        Ok(Domain(self.main.create_domain_xml(document, 0)?))
    }

    /// All guests in one bulk list and one bulk statistic, without their documents.
    ///
    /// Drivers without bulk statistics (LXC) are asked guest by guest for the state.
    pub(crate) fn list(&self) -> Answer<Vec<(Domain, Guest)>> {
        let domains = self.main.list_all_domains(0)?;
        // Drivers that don't know such a thing have none of them.
        let those = |flag| -> HashSet<Uuid> {
            let found = self.main.list_all_domains(flag).unwrap_or_default();
            let uuids = found.iter().filter_map(|domain| domain.uuid().ok());
            uuids.collect()
        };
        let transient = those(sys::VIR_CONNECT_LIST_DOMAINS_TRANSIENT);
        let saved = those(sys::VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE);
        let states = self.states()?;
        let mut guests = Vec::with_capacity(domains.len());
        for domain in domains {
            let Ok(uuid) = domain.uuid() else { continue };
            let domain = Domain(domain);
            let state = match &states {
                Some(states) => states.get(&uuid).copied().unwrap_or(DomainState::Unknown),
                None => domain.state(),
            };
            let guest = Guest {
                uuid,
                name: domain.name(),
                id: domain.0.id(),
                state,
                persistent: !transient.contains(&uuid),
                saved: state == DomainState::ShutOff && saved.contains(&uuid),
                summary: None,
                error: None,
            };
            guests.push((domain, guest));
        }
        Ok(guests)
    }

    /// The states of all guests; `None` where the driver does not tell them in bulk.
    fn states(&self) -> Answer<Option<HashMap<Uuid, DomainState>>> {
        let read = |flags| all_domain_stats(&self.main, StatsGroups::STATE, flags);
        let stats = read(StatsFlags::NOWAIT).or_else(|error| {
            // A driver that does not know the flag has nothing to wait for.
            if error.is_invalid_argument() {
                return read(StatsFlags::NONE);
            }
            Err(error)
        });
        match stats {
            Ok(stats) => Ok(Some(states_of(&stats))),
            Err(error) if error.is_unsupported() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// One guest without its document, which is had without waiting for the guest; `None` if it is
    /// gone.
    pub(crate) fn basics(&self, uuid: Uuid) -> Answer<Option<(Domain, Guest)>> {
        let Some(domain) = self.find_domain(uuid)? else {
            return Ok(None);
        };
        let state = domain.state();
        let guest = Guest {
            uuid,
            name: domain.name(),
            id: domain.0.id(),
            state,
            persistent: domain.0.is_persistent().unwrap_or(true),
            saved: state == DomainState::ShutOff && domain.has_saved_state(),
            summary: None,
            error: None,
        };
        Ok(Some((domain, guest)))
    }
}

impl Domain {
    /// Its UUID.
    pub(crate) fn uuid(&self) -> Answer<Uuid> {
        Ok(self.0.uuid()?)
    }

    /// Its name; empty if libvirt does not tell it.
    pub(crate) fn name(&self) -> String {
        self.0.name().unwrap_or_default()
    }

    /// Whether it has a process (`virDomainIsActive`).
    pub(crate) fn is_active(&self) -> Answer<bool> {
        Ok(self.0.is_active()?)
    }

    /// What it is doing (`virDomainGetState`).
    pub(crate) fn state(&self) -> DomainState {
        let Ok((state, _)) = self.0.state() else {
            return DomainState::Unknown;
        };
        match state.unwrap_or(RawState::NoState) {
            RawState::NoState => DomainState::Unknown,
            RawState::Running | RawState::Blocked => DomainState::Running,
            RawState::Paused => DomainState::Paused,
            RawState::Shutdown => DomainState::ShuttingDown,
            RawState::Shutoff => DomainState::ShutOff,
            RawState::Crashed => DomainState::Crashed,
            RawState::PMSuspended => DomainState::PmSuspended,
        }
    }

    /// One of its documents.
    pub(crate) fn document(&self, which: Which) -> Answer<String> {
        let flags = match which {
            Which::Now => 0,
            Which::NextStart => sys::VIR_DOMAIN_XML_INACTIVE,
            Which::ToDefine => sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE,
        };
        Ok(self.0.xml_desc(flags)?)
    }

    /// Reads the document into an otherwise known guest. A failure is kept on the guest.
    pub(crate) fn read_document(&self, guest: &mut Guest) {
        match self.document(Which::Now) {
            Ok(xml) => match DomainSummary::parse(xml.as_bytes()) {
                Ok(summary) => guest.summary = Some(Arc::new(summary)),
                Err(error) => guest.error = Some(error.message()),
            },
            Err(failure) => guest.error = Some(cause::verbatim(&failure)),
        }
    }

    /// The documents of its snapshots; none where the driver has no snapshots.
    pub(crate) fn snapshots(&self) -> Answer<Vec<String>> {
        match self.0.list_all_snapshots(0).map_err(Failure::from) {
            Ok(all) => all.iter().map(|one| Ok(one.xml_desc(0)?)).collect(),
            Err(failure) if failure.is_unsupported() => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }

    /// Whether its next start goes on from a saved state.
    pub(crate) fn has_saved_state(&self) -> bool {
        self.0.has_managed_save(0).unwrap_or(false)
    }

    /// The document of its saved state.
    pub(crate) fn saved_document(&self) -> Answer<String> {
        Ok(libvirt_ext::domain::managed_save_xml(&self.0, false)?)
    }

    /// Does a step of its life; none of these waits for what it brings about. A launch is the bare
    /// start (`virDomainCreate`).
    pub(crate) fn act(&self, act: Act) -> Answer<()> {
        Ok(match act {
            Act::Launch => self.0.create(),
            Act::ShutDown => self.0.shutdown(),
            Act::Reboot => self.0.reboot(0),
            Act::Reset => self.0.reset(),
            Act::ForceOff => self.0.destroy(),
            Act::Suspend => self.0.suspend(),
            Act::Resume => self.0.resume(),
        }
        .map(drop)?)
    }

    /// Saves its memory and ends it (`virDomainManagedSave`).
    pub(crate) fn save(&self) -> Answer<()> {
        Ok(self.0.managed_save(0).map(drop)?)
    }

    /// Gives it another name.
    pub(crate) fn rename(&self, name: &str) -> Answer<()> {
        Ok(self.0.rename(name, 0).map(drop)?)
    }

    /// Whether it is started with its host.
    pub(crate) fn autostart(&self) -> Answer<bool> {
        Ok(self.0.autostart()?)
    }

    /// Has it started with its host, or no longer.
    pub(crate) fn set_autostart(&self, on: bool) -> Answer<()> {
        Ok(self.0.set_autostart(on).map(drop)?)
    }

    /// Removes its definition, saved state and the metadata of its snapshots, with what is beside
    /// it or without. [`Failure::is_unknown`] where the driver does not know all of that.
    pub(crate) fn undefine(&self, beside: Beside) -> Answer<()> {
        let flags = sys::VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
            | sys::VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
            | sys::VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
            | match beside {
                Beside::Stays => {
                    sys::VIR_DOMAIN_UNDEFINE_KEEP_NVRAM | sys::VIR_DOMAIN_UNDEFINE_KEEP_TPM
                }
                Beside::Goes => sys::VIR_DOMAIN_UNDEFINE_NVRAM | sys::VIR_DOMAIN_UNDEFINE_TPM,
            };
        Ok(self.0.undefine_flags(flags)?)
    }

    /// Removes its definition, by the call that every driver knows.
    pub(crate) fn undefine_plainly(&self) -> Answer<()> {
        Ok(self.0.undefine()?)
    }

    /// The size of one of its images: what the guest sees, and what it takes, in bytes.
    pub(crate) fn image_size(&self, path: &str) -> Answer<(u64, u64)> {
        let info = self.0.block_info(path, 0)?;
        Ok((info.capacity, info.physical))
    }
}

fn states_of(records: &[DomainStats]) -> HashMap<Uuid, DomainState> {
    records
        .iter()
        .map(|record| {
            let state = record
                .get("state.state")
                .and_then(libvirt_ext::ParamValue::as_u64)
                .and_then(|raw| u32::try_from(raw).ok())
                .map_or(DomainState::Unknown, DomainState::from_raw);
            (record.uuid, state)
        })
        .collect()
}
