// SPDX-License-Identifier: GPL-3.0-or-later
//! Reading controls back: configured, live, and from the kernel.

use std::collections::HashMap;
use std::path::Path;

use super::{ControlReading, KernelReading, Readings, Tuning, range, unavailable};
use crate::cgroup::subject::{Subject, subject};
use crate::cgroup::{CgroupVersion, KernelNumber, KernelValue};
use crate::connection::{Class, Connection};
use crate::driver::{Answer, Domain, Driver, Live, Which};
use crate::message::Message;
use crate::model::control::{CONTROLS, Control, Group};
use crate::model::doing;
use crate::model::error::failure::Failure;
use crate::model::error::{Result, cause, request};
use crate::model::guest::Guest;
use crate::xml::DomainSummary;

/// Reads the controls of a guest.
///
/// # Errors
/// [`crate::Error::Libvirt`] if its definition can't be read.
pub async fn read(connection: &Connection, guest: &Guest) -> Result<Tuning> {
    let uuid = guest.uuid;
    let active = guest.state.is_active();
    let persistent = guest.persistent;
    let reason = unavailable(connection.site()).map(Message::from);
    let possible = reason.is_none();
    let mut tuning = connection
        .calls()
        .run_on(uuid, Class::Ordinary, doing::READ_CONTROLS, move |driver| {
            let domain = driver.domain(uuid)?;
            configured_and_live(driver, &domain, active && possible, persistent)
        })
        .await?;
    tuning.active = active;
    let readings = &mut tuning.readings.0;
    if reason.is_some() {
        for reading in &mut *readings {
            reading.unavailable.clone_from(&reason);
        }
    }
    if active && possible && connection.is_local() {
        let subject = subject(guest);
        let kernel = tokio::task::spawn_blocking(move || kernel(&subject))
            .await
            .unwrap_or_default();
        for (reading, held) in readings.iter_mut().zip(kernel) {
            reading.kernel = held;
        }
    }
    Ok(tuning)
}

fn configured_and_live(
    driver: &Driver,
    domain: &Domain,
    active: bool,
    persistent: bool,
) -> Result<Tuning> {
    let which = if persistent {
        Which::NextStart
    } else {
        Which::Now
    };
    let read = |failure| driver.failed(doing::READ_GUEST, failure);
    let document = domain.document(which).map_err(read)?;
    // What can't be read is not unset.
    DomainSummary::parse(document.as_bytes())?;
    // Each group is one call.
    let mut groups: HashMap<Group, Answer<Live>> = HashMap::new();
    let mut readings = Vec::with_capacity(CONTROLS.len());
    for control in CONTROLS {
        let configured = control.setting.read(document.as_bytes());
        let mut reading = ControlReading {
            configured: configured.and_then(|number| {
                let period = control.period.as_ref();
                let period = period.and_then(|it| it.setting.read(document.as_bytes()));
                control.own_value(number, period)
            }),
            range: range(driver, control),
            ..ControlReading::default()
        };
        if active {
            let group = groups.entry(control.group);
            match group.or_insert_with(|| domain.live_controls(control.group)) {
                Ok(values) => {
                    let value = value_of(values, control.parameter);
                    let period = control.period.as_ref();
                    let period = period.and_then(|it| value_of(values, it.parameter));
                    reading.live = value.and_then(|number| control.own_value(number, period));
                    reading.unavailable = absent(values, control);
                }
                Err(failure) => reading.unavailable = Some(refused(failure, control)),
            }
        }
        readings.push(reading);
    }
    Ok(Tuning {
        name: domain.name(),
        uuid: domain.uuid().map_err(read)?,
        active,
        readings: Readings(readings),
    })
}

/// Why a control can't be had, by what the driver said.
fn refused(failure: &Failure, control: &Control) -> Message {
    if failure.is_unknown() {
        request::CONTROL_ABSENT_SAYS
            .named(control.title)
            .with("words", failure.to_string())
    } else {
        cause::verbatim(failure)
    }
}

/// Why a control can't be had, if the driver does not know it by that name.
fn absent(values: &Live, control: &Control) -> Option<Message> {
    let known = values.iter().any(|(name, _)| name == control.parameter);
    (!known).then(|| request::CONTROL_ABSENT.named(control.title))
}

fn value_of(values: &Live, name: &str) -> Option<u64> {
    let found = values.iter().find(|(key, _)| key == name);
    found.and_then(|(_, value)| *value)
}

/// The version of control groups that this host sets CPU weights with.
pub(crate) fn version() -> Option<CgroupVersion> {
    CgroupVersion::of_host(Path::new("/")).ok()
}

/// The memory that a running guest uses, in bytes, if the kernel tells. Blocks.
pub(crate) fn memory_used(subject: &Subject) -> Option<u64> {
    match subject.cgroup().ok()?.memory_usage().ok()?.value {
        KernelNumber::Number(bytes) => Some(bytes),
        KernelNumber::Unlimited => None,
    }
}

/// What the kernel holds of each control. Blocks.
fn kernel(subject: &Subject) -> Vec<Option<KernelReading>> {
    let Ok(group) = subject.cgroup() else {
        return Vec::new();
    };
    let values = CONTROLS.iter().map(|control| group.value(&control.file));
    values
        .map(|value| value.ok().map(KernelReading::from))
        .collect()
}

impl From<KernelValue> for KernelReading {
    fn from(value: KernelValue) -> Self {
        Self {
            path: value.path,
            value: match value.value {
                KernelNumber::Number(number) => Some(number),
                KernelNumber::Unlimited => None,
            },
            raw: value.raw,
        }
    }
}
