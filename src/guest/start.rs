// SPDX-License-Identifier: GPL-3.0-or-later
//! The call that starts a guest, with the ways round that hosts without all rights, and hosts
//! with much to do at once, need.

use std::time::Duration;

use super::install;
use crate::driver::{Answer, Domain, Driver, Layer, Which};
use crate::model::act::Act;
use crate::model::control::{ControlValue, MEMORY_LIMIT};
use crate::model::doing;
use crate::model::error::cause::{Cause, MAX_SOCKET_PATH};
use crate::model::error::failure::{Failure, Reason};
use crate::model::error::{Error, Result};
use crate::retry::{Patience, retry};
use crate::xml::{self, DomainEdit, DomainSummary, Setting};
use crate::{control, paths};

/// How patient a start is that fails because the host is busy.
const PATIENCE: Patience = Patience {
    tries: 6,
    pause: Duration::from_millis(100),
};

/// Starts a defined guest (`virDomainCreate`). Blocks.
///
/// libvirt makes up the path of the agent's socket from its folders, the guest's name and a number
/// that grows with each start, and the start fails once that is too long: then the guest of this
/// person's own libvirt is started with a short path. Its definition stays as it is.
///
/// For a guest with a memory limit libvirt also raises the limit of *locked* memory to it, which a
/// daemon without `CAP_SYS_RESOURCE` (in a container, say) may not do: then the guest is started
/// without the limit, and gets it at once when it runs. Its definition keeps the limit.
pub(super) fn start(driver: &Driver, domain: &Domain) -> Result<()> {
    let installing = install::begin(driver, domain)?;
    let document = installing.as_ref().map(|it| it.document.as_str());
    started(driver, domain, document).inspect_err(|_| {
        if let Some(installing) = &installing {
            install::undo(driver, installing);
        }
    })
}

/// Starts it, by another document than its own if there is one, in one of these ways.
fn started(driver: &Driver, domain: &Domain, other: Option<&str>) -> Result<()> {
    let first = match other {
        Some(document) => driver.start_as(document).map(drop),
        None => create(domain),
    };
    let refused = match first {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    let failed = |failure| driver.failed(doing::START.named(domain.name()), failure);
    let document = || match other {
        Some(document) => Ok(document.to_owned()),
        None => domain.document(Which::ToDefine).map_err(failed),
    };
    let saved = domain.has_saved_state();
    if !saved
        && Cause::of(&refused.to_string()) == Some(Cause::SocketPath)
        && let Some(document) = with_short_sockets(driver, domain, document)?
    {
        tracing::info!("the agent's socket gets a shorter path");
        return driver.start_as(&document).map(drop).map_err(failed);
    }
    if saved || !may_be_locked_memory(&refused.to_string()) {
        return Err(failed(refused));
    }
    let xml = document()?;
    let Some(limit) = control::limit_kib(&DomainSummary::parse(xml.as_bytes())?) else {
        return Err(failed(refused));
    };
    let edit = DomainEdit::default().set(Setting::HARD_LIMIT, None);
    let without =
        String::from_utf8(edit.apply(xml)?).map_err(|error| Error::Internal(error.to_string()))?;
    tracing::info!("the host may not lock memory; the limit is set once the guest runs");
    let running = driver.start_as(&without).map_err(failed)?;
    let limit = ControlValue::Unsigned(limit);
    let set = running.set_control(&MEMORY_LIMIT, limit, Layer::Live);
    set.map_err(|failure| {
        // A guest without the limit that its owner wants must not go on running.
        let _ = running.act(Act::ForceOff);
        failed(failure)
    })
}

/// Whether a start may have failed because the limit of locked memory could not be raised. libvirt
/// 9.0 sometimes says only that the process ended before it became QEMU; without the limit it is
/// worth a second try then, too.
fn may_be_locked_memory(message: &str) -> bool {
    message.contains("cannot limit locked memory") || message.contains("exited prior to exec")
}

/// The guest's document with short paths for the sockets of its channels, if that can be.
fn with_short_sockets(
    driver: &Driver,
    domain: &Domain,
    document: impl Fn() -> Result<String>,
) -> Result<Option<String>> {
    if !driver.site.is_own_session() {
        return Ok(None);
    }
    let read = |failure| driver.failed(doing::READ_GUEST, failure);
    let uuid = domain.uuid().map_err(read)?;
    let xml = document()?;
    let path = |number| paths::guest_socket(uuid, number);
    Ok(xml::with_sockets(&xml, MAX_SOCKET_PATH, path)?)
}

/// The call itself. libvirt loads a program for the guest's devices into the kernel (control
/// groups of version 2), and the kernel refuses with EAGAIN if a signal comes meanwhile, as it does
/// when other guests start or stop. libvirt gives up then; the guest is off, and is tried again.
fn create(domain: &Domain) -> Answer<()> {
    retry(
        PATIENCE,
        is_interrupted,
        |number, error| {
            tracing::debug!(%error, number, "the host was busy; the start is tried again");
            Ok(())
        },
        || domain.act(Act::Launch),
    )
}

/// The message is translated, but not this word.
fn is_interrupted(failure: &Failure) -> bool {
    failure.reason() == Reason::System && failure.to_string().contains(" BPF ")
}
