// SPDX-License-Identifier: GPL-3.0-or-later
//! A guest as the inventory knows it: what one bulk list and its own document tell.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use libvirt_ext::stats::{DomainStats, StatsFlags, StatsGroups, all_domain_stats};
use serde::Serialize;
use uuid::Uuid;
use virt::domain::{Domain, DomainState as RawState};

use crate::connection::Handles;
use crate::error::{Error, Result};
use crate::shown::shown;
use crate::xml::DomainSummary;

/// What a guest is doing (`virDomainState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DomainState {
    /// libvirt does not say.
    Unknown,
    /// Running, or blocked on a resource.
    Running,
    /// Paused; its memory is kept.
    Paused,
    /// On its way down.
    ShuttingDown,
    /// Off.
    ShutOff,
    /// Crashed.
    Crashed,
    /// Asleep, by its own power management.
    PmSuspended,
}

impl DomainState {
    /// From libvirt's number.
    pub fn from_raw(raw: u32) -> Self {
        match raw {
            1 | 2 => Self::Running,
            3 => Self::Paused,
            4 => Self::ShuttingDown,
            5 => Self::ShutOff,
            6 => Self::Crashed,
            7 => Self::PmSuspended,
            _ => Self::Unknown,
        }
    }

    /// Whether the hypervisor holds a process for it.
    pub fn is_active(self) -> bool {
        !matches!(self, Self::ShutOff | Self::Crashed | Self::Unknown)
    }

    /// The stable name that JSON and the table use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::ShuttingDown => "shutting-down",
            Self::ShutOff => "shut-off",
            Self::Crashed => "crashed",
            Self::PmSuspended => "pm-suspended",
        }
    }

    /// The state in words, to follow "is".
    pub fn words(self) -> &'static str {
        match self {
            Self::Unknown => "in an unknown state",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::ShuttingDown => "shutting down",
            Self::ShutOff => "shut off",
            Self::Crashed => "crashed",
            Self::PmSuspended => "asleep",
        }
    }
}

/// One guest of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The guest's UUID, its identity on the connection.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// The hypervisor's number for it while it is active.
    pub id: Option<u32>,
    /// What it is doing.
    pub state: DomainState,
    /// Whether it stays defined when it is off.
    pub persistent: bool,
    /// Whether the next start goes on from a state that libvirt has saved.
    pub saved: bool,
    /// What its document says: the live one while it runs. `None` until it has been read.
    pub summary: Option<Arc<DomainSummary>>,
    /// Why it could not be read, if so; it is then shown with what is known.
    pub error: Option<String>,
}

impl Guest {
    /// Its name as a person may see it ([`shown`]), or a placeholder: a guest always has something
    /// to be called by.
    pub fn display_name(&self) -> Cow<'_, str> {
        if self.name.is_empty() {
            Cow::Borrowed("(unnamed)")
        } else {
            shown(&self.name)
        }
    }

    /// Reads the document into an otherwise known guest. A failure is kept on the guest.
    pub(crate) fn read_document(&mut self, domain: &Domain) {
        match domain.xml_desc(0) {
            Ok(xml) => match DomainSummary::parse(xml.as_bytes()) {
                Ok(summary) => self.summary = Some(Arc::new(summary)),
                Err(error) => self.error = Some(error.to_string()),
            },
            Err(error) => self.error = Some(libvirt_ext::Error::from(error).to_string()),
        }
    }
}

/// All guests in one bulk list and one bulk statistic, without their documents.
///
/// Drivers without bulk statistics (LXC) are asked guest by guest for the state.
pub(crate) fn read_all(handles: &Handles) -> Result<Vec<(Domain, Guest)>> {
    use virt::sys;

    let fail = |error| Error::libvirt(&handles.uri, "list the virtual machines", error);
    let connection = &handles.main;
    let domains = connection
        .list_all_domains(0)
        .map_err(|error| fail(error.into()))?;
    // Drivers that don't know such a thing have none of them.
    let those = |flag| -> HashSet<Uuid> {
        let found = connection.list_all_domains(flag).unwrap_or_default();
        found
            .iter()
            .filter_map(|domain| domain.uuid().ok())
            .collect()
    };
    let transient = those(sys::VIR_CONNECT_LIST_DOMAINS_TRANSIENT);
    let saved = those(sys::VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE);
    let read = |flags| all_domain_stats(connection, StatsGroups::STATE, flags);
    let states = match read(StatsFlags::NOWAIT).or_else(|error| {
        // A driver that does not know the flag has nothing to wait for.
        if error.is_invalid_argument() {
            return read(StatsFlags::NONE);
        }
        Err(error)
    }) {
        Ok(stats) => Some(states_of(&stats)),
        Err(error) if error.is_unsupported() => None,
        Err(error) => return Err(fail(error)),
    };
    let mut guests = Vec::with_capacity(domains.len());
    for domain in domains {
        let Ok(uuid) = domain.uuid() else { continue };
        let state = match &states {
            Some(states) => states.get(&uuid).copied().unwrap_or(DomainState::Unknown),
            None => state_of(&domain),
        };
        let guest = Guest {
            uuid,
            name: domain.name().unwrap_or_default(),
            id: domain.id(),
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

/// One guest without its document, which is had without waiting for the guest; `None` if it is
/// gone.
pub(crate) fn read_basics(handles: &Handles, uuid: Uuid) -> Result<Option<(Domain, Guest)>> {
    let domain = match handles.main.lookup_domain_by_uuid(uuid) {
        Ok(domain) => domain,
        Err(error) => {
            return match libvirt_ext::Error::from(error) {
                error if error.is_no_domain() => Ok(None),
                error => Err(Error::libvirt(
                    &handles.uri,
                    "look at a virtual machine",
                    error,
                )),
            };
        }
    };
    let state = state_of(&domain);
    let guest = Guest {
        uuid,
        name: domain.name().unwrap_or_default(),
        id: domain.id(),
        state,
        persistent: domain.is_persistent().unwrap_or(true),
        saved: state == DomainState::ShutOff && domain.has_managed_save(0).unwrap_or(false),
        summary: None,
        error: None,
    };
    Ok(Some((domain, guest)))
}

/// The state of one guest (`virDomainGetState`).
pub(crate) fn state_of(domain: &Domain) -> DomainState {
    let Ok((state, _)) = domain.state() else {
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

/// The UUID of a guest by its name, or by its UUID written out.
pub(crate) fn uuid_of(handles: &Handles, name: &str) -> Result<Option<Uuid>> {
    match handles.main.lookup_domain_by_name(name) {
        Ok(domain) => domain
            .uuid()
            .map(Some)
            .map_err(|error| handles.failed("read the virtual machine", error.into())),
        Err(error) => match libvirt_ext::Error::from(error) {
            error if error.is_no_domain() => Ok(Uuid::try_parse(name).ok()),
            error => Err(handles.failed("find a virtual machine", error)),
        },
    }
}

/// Whether there is a guest of that name.
pub(crate) fn is_name_taken(handles: &Handles, name: &str) -> Result<bool> {
    match handles.main.lookup_domain_by_name(name) {
        Ok(_) => Ok(true),
        Err(error) => match libvirt_ext::Error::from(error) {
            error if error.is_no_domain() => Ok(false),
            error => Err(handles.failed("look whether the name is taken", error)),
        },
    }
}
