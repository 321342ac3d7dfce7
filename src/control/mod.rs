// SPDX-License-Identifier: GPL-3.0-or-later
//! Resource controls: set live and for the next start, and read back three ways: what is
//! configured, what libvirt has live, and what the kernel holds.
//!
//! [`cgroup`](crate::cgroup) looks at the kernel; this module sets and compares. It shows what is, never what was
//! asked for.

pub(crate) mod read;

use std::path::PathBuf;

use serde::Serialize;
use uuid::Uuid;

pub use self::read::read;
use crate::address::Site;
use crate::cgroup::subject::subject;
use crate::connection::{Class, Connection};
use crate::driver::{Domain, Driver, Layer};
use crate::message::{Message, Text};
use crate::model::control::{CONTROLS, MOST_PERCENT, Unit};
pub use crate::model::control::{Control, KernelChange};
use crate::model::doing;
use crate::model::error::{Error, GuestError, Result, request};
use crate::model::guest::Guest;
use crate::xml::{DomainSummary, MemoryLimit};

/// What a QEMU process needs beside its guest's memory, in KiB: under this much room above what is
/// in use, a limit would have the kernel end or stall the guest.
pub const QEMU_MARGIN_KIB: u64 = 16 * 1024;

/// A wish: another value of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which control.
    pub control: &'static Control,
    /// The value in the control's own unit; `None` takes the control away.
    pub value: Option<u64>,
}

/// Where a setting goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// To the running guest if it runs, and to the next start if it is persistent.
    Whatever,
    /// To the running guest alone.
    Live,
    /// To the next start alone.
    Config,
    /// To both.
    Both,
}

/// One control as it stands.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ControlReading {
    /// What the definition says, for the next start; `None` for unset.
    pub configured: Option<u64>,
    /// What libvirt has for the running guest; `None` for unset, unlimited or off.
    pub live: Option<u64>,
    /// What the kernel holds, on a local host for a running guest.
    pub kernel: Option<KernelReading>,
    /// The least and most that can be set, where that is known.
    pub range: Option<(u64, u64)>,
    /// Why the control can't be had here, if so.
    pub unavailable: Option<Message>,
}

/// A value as the kernel has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KernelReading {
    /// The file that it was read from.
    pub path: PathBuf,
    /// The value in the control's own unit; `None` for unlimited.
    pub value: Option<u64>,
    /// The file's text.
    pub raw: String,
}

/// The controls of one guest. In JSON each reading stands under its control's name.
#[derive(Clone, Debug, Serialize)]
pub struct Tuning {
    /// The guest's name.
    pub name: String,
    /// The guest's UUID.
    pub uuid: Uuid,
    /// Whether it runs.
    pub active: bool,
    /// How each control stands, in the order of [`CONTROLS`].
    #[serde(flatten)]
    pub readings: Readings,
}

/// How each control stands, in the order of [`CONTROLS`].
#[derive(Clone, Debug)]
pub struct Readings(pub Vec<ControlReading>);

impl Serialize for Readings {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        let named = CONTROLS.iter().map(|control| control.name).zip(&self.0);
        serializer.collect_map(named)
    }
}

impl Tuning {
    /// How a control stands.
    pub fn of(&self, control: &Control) -> &ControlReading {
        const UNREAD: &ControlReading = &ControlReading {
            configured: None,
            live: None,
            kernel: None,
            range: None,
            unavailable: None,
        };
        let all = CONTROLS.iter().zip(&self.readings.0);
        let mut found = all.filter(|(other, _)| **other == control);
        found.next().map_or(UNREAD, |(_, reading)| reading)
    }

    /// Each control with how it stands.
    pub fn all(&self) -> impl Iterator<Item = (&'static Control, &ControlReading)> {
        CONTROLS.into_iter().zip(&self.readings.0)
    }
}

/// The hard limit of a document in KiB, if it has one.
pub fn limit_kib(summary: &DomainSummary) -> Option<u64> {
    match summary.memory_hard_limit? {
        MemoryLimit::KiB(limit) => Some(limit),
        MemoryLimit::Unlimited => None,
    }
}

/// Refuses controls that this connection can't have, with the reason.
///
/// # Errors
/// [`Error::Unsupported`].
pub fn check_possible(site: Site) -> Result<()> {
    match unavailable(site) {
        Some(why) => Err(Error::Unsupported(why.into())),
        None => Ok(()),
    }
}

/// Why there are no controls on a connection, if there are none.
pub(crate) fn unavailable(site: Site) -> Option<&'static Text> {
    site.is_session().then_some(request::SESSION_LIMITS)
}

/// Refuses a CPU weight that the host does not take.
///
/// # Errors
/// [`Error::Invalid`] with the range.
pub fn check_cpu_shares(site: Site, shares: u64) -> Result<()> {
    let (least, most) = shares_range(site);
    if (least..=most).contains(&shares) {
        return Ok(());
    }
    Err(Error::Invalid(
        request::SHARES_RANGE
            .with("value", shares)
            .with("least", least)
            .with("most", most),
    ))
}

/// The range of the CPU weight: by the kernel on a local host; else as wide as any host has it, and
/// libvirt has the last word.
pub(crate) fn shares_range(site: Site) -> (u64, u64) {
    if site.is_local
        && let Some(version) = read::version()
    {
        let range = version.cpu_shares();
        return (range.min, range.max);
    }
    (1, 262_144)
}

/// The least and most of a control, where that is known. More than the host has is no limit.
pub(crate) fn range(driver: &Driver, control: &Control) -> Option<(u64, u64)> {
    match control.unit {
        Unit::Weight => Some(shares_range(driver.site)),
        Unit::Bytes => {
            let kib = driver.host_memory_kib().ok()?;
            Some((QEMU_MARGIN_KIB * 1024, kib.saturating_mul(1024)))
        }
        Unit::Percent => {
            let cpus = driver.host_cpus().ok()?;
            Some((1, u64::from(cpus.max(1)) * 100))
        }
    }
}

/// The limit that a guest with that much memory of its own is offered first, in KiB: it leaves QEMU
/// 256 MiB and an eighth of the memory for its own needs, which libvirt can't tell beforehand
/// (`virDomainSetMemoryParameters`, on `VIR_DOMAIN_MEMORY_HARD_LIMIT`).
pub const fn roomy_limit_kib(memory_kib: u64) -> u64 {
    memory_kib
        .saturating_add(memory_kib / 8)
        .saturating_add(256 * 1024)
}

/// Changes controls of a guest, and gives remarks for the person. The result is read with [`read`].
///
/// # Errors
/// [`Error::Unsupported`] and [`Error::Invalid`] before anything is changed; [`Error::Guest`]
/// for a live change of a guest that is off; [`Error::Libvirt`].
pub async fn apply(
    connection: &Connection,
    guest: &Guest,
    changes: Vec<Change>,
    scope: Scope,
) -> Result<Vec<Message>> {
    check_possible(connection.site())?;
    for change in &changes {
        check(connection, change)?;
    }
    let active = guest.state.is_active();
    let (live, config) = match scope {
        Scope::Whatever => (active, guest.persistent),
        Scope::Live => (true, false),
        Scope::Config => (false, true),
        Scope::Both => (true, true),
    };
    if live && !active {
        return Err(Error::Guest(GuestError::WrongState {
            doing: doing::TUNE.named(&guest.name),
            name: guest.name.clone(),
            state: guest.state,
        }));
    }
    if config && !guest.persistent {
        return Err(Error::Invalid(request::NO_NEXT_START.named(&guest.name)));
    }
    let mut remarks = Vec::new();
    for change in &changes {
        if let Change {
            control,
            value: Some(bytes),
        } = change
            && control.unit == Unit::Bytes
        {
            let limit = bytes / 1024;
            if live {
                check_room(connection, guest, limit).await?;
            }
            remarks.extend(scant(guest, limit).filter(|_| config));
        }
    }
    let doing = doing::TUNE.named(&guest.name);
    let _claim = connection.calls().claim(guest.uuid, &guest.name, &doing)?;
    let uuid = guest.uuid;
    connection
        .calls()
        .run_on(uuid, Class::Ordinary, &doing, move |driver| {
            let domain = driver.domain(uuid)?;
            for layer in [live.then_some(Layer::Live), config.then_some(Layer::Config)] {
                let Some(layer) = layer else { continue };
                for change in &changes {
                    set(driver, &domain, change, layer)?;
                }
            }
            Ok(())
        })
        .await?;
    connection.refresh(guest.uuid);
    Ok(remarks)
}

/// Refuses a value that can't be, whatever the guest.
fn check(connection: &Connection, change: &Change) -> Result<()> {
    match (change.control.unit, change.value) {
        (Unit::Weight, Some(shares)) => check_cpu_shares(connection.site(), shares),
        (Unit::Percent, Some(percent)) if !(1..=MOST_PERCENT).contains(&percent) => {
            Err(Error::Invalid(
                request::PERCENT_RANGE
                    .with("name", change.control.title)
                    .with("value", percent)
                    .with("most", MOST_PERCENT),
            ))
        }
        (_, None) if !change.control.can_be_unset => Err(Error::Invalid(
            request::MUST_BE_SET.with("name", change.control.title),
        )),
        _ => Ok(()),
    }
}

/// What is to be said of a limit below what the guest was given.
fn scant(guest: &Guest, limit_kib: u64) -> Option<Message> {
    let memory = guest.summary.as_ref()?.memory_kib;
    (limit_kib < memory.saturating_add(QEMU_MARGIN_KIB)).then(|| {
        request::REMARK_SCANT
            .with("limit", limit_kib / 1024)
            .with("memory", memory / 1024)
    })
}

fn set(driver: &Driver, domain: &Domain, change: &Change, layer: Layer) -> Result<()> {
    let control = change.control;
    let failed = |failure| driver.failed(doing::SET_CONTROL.named(control.title), failure);
    if let (Some(period), Some(_)) = (&control.period, change.value) {
        domain
            .set_period(control.group, period, layer)
            .map_err(failed)?;
    }
    domain
        .set_control(control, control.libvirt_value(change.value), layer)
        .map_err(failed)
}

/// Below what is in use the kernel refuses a limit (cgroup v1) or ends the guest (v2).
async fn check_room(connection: &Connection, guest: &Guest, limit_kib: u64) -> Result<()> {
    if !connection.is_local() {
        return Ok(());
    }
    let subject = subject(guest);
    let used = tokio::task::spawn_blocking(move || read::memory_used(&subject))
        .await
        .map_err(|panicked| Error::Internal(panicked.to_string()))?;
    let Some(used) = used else { return Ok(()) };
    let least = used / 1024 + QEMU_MARGIN_KIB;
    if limit_kib < least {
        return Err(Error::Invalid(
            request::LIMIT_BELOW_USE
                .named(&guest.name)
                .with("limit", limit_kib / 1024)
                .with("used", used / 1024 / 1024)
                .with("margin", QEMU_MARGIN_KIB / 1024),
        ));
    }
    Ok(())
}
