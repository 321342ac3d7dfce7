// SPDX-License-Identifier: GPL-3.0-or-later
//! The acts of a guest's life ([`crate::model::act`] has the table).
//!
//! Each checks the state first, makes the call, and then waits for the state that it promises,
//! as libvirt's events tell it; if that does not come, it says why not.

use std::time::Duration;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use super::start;
use crate::connection::{Class, Connection, Fact, FactKind};
use crate::driver::{Driver, Which};
use crate::message::Message;
use crate::model::act::{Act, Promise};
use crate::model::doing;
use crate::model::error::{ConnectionError, Error, GuestError, Result, Still, Wait, waits};
use crate::model::guest::{DomainState, Guest};
use crate::model::happening::What;
use crate::secret::handover::{self, Source};
use crate::xml::DomainSummary;
use crate::xml::summary::SecretReference;

/// How long a state that the hypervisor itself brings about may take to show.
const PROMPT_WAIT: Duration = Duration::from_secs(20);

/// Starts a guest, with the passphrases of its disks from `source`. Allowed when it is off.
///
/// A saved state is restored, and opened with the passphrases that the saved document names.
///
/// # Errors
/// [`Error::Guest`] when it is not off; those of the hand-over;
/// [`Error::Guest`] if it stopped again at once.
pub async fn launch(connection: &Connection, guest: &Guest, source: &Source) -> Result<()> {
    let doing = doing::START.named(&guest.name);
    require(guest, &doing, |state| !state.is_active())?;
    let _claim = connection.calls().claim(guest.uuid, &guest.name, &doing)?;
    let references = references(connection, guest.uuid).await?;
    let uuid = guest.uuid;
    // A saved state is all of the guest's memory.
    let class = if guest.saved {
        Class::Long
    } else {
        Class::ToTheEnd
    };
    let started = handover::with_leases(
        connection,
        &guest.name,
        &references,
        source,
        (class, &doing),
        move |driver| start::start(driver, &driver.domain(uuid)?),
    )
    .await;
    match started {
        // The daemon may have gone on without us: look before telling.
        Err(Error::Connection(ConnectionError::Lost { .. })) => {
            after_loss(connection, guest, started).await
        }
        Err(error) => {
            // libvirt tells nobody of a start that failed, and the guest may have been read while
            // it was about to run.
            connection.refresh(uuid);
            Err(error)
        }
        Ok(()) => {
            promise(
                connection,
                guest,
                PROMPT_WAIT,
                &waits::TO_RUN,
                DomainState::is_active,
            )
            .await
        }
    }
}

/// The secrets that a start of this guest opens: those of its document, and of its saved state
/// if it has one.
pub(crate) async fn references(
    connection: &Connection,
    uuid: Uuid,
) -> Result<Vec<SecretReference>> {
    connection
        .calls()
        .run(Class::Ordinary, doing::READ_GUEST, move |driver| {
            let domain = driver.domain(uuid)?;
            let read = |error| driver.failed(doing::READ_GUEST, error);
            let xml = domain.document(Which::NextStart).map_err(read)?;
            let mut found = DomainSummary::parse(xml.as_bytes())?.secrets;
            if domain.has_saved_state() {
                let saved = domain.saved_document().map_err(read)?;
                for reference in DomainSummary::parse(saved.as_bytes())?.secrets {
                    if !found.contains(&reference) {
                        found.push(reference);
                    }
                }
            }
            Ok(found)
        })
        .await
}

/// Does an act, and waits for what it promises: as long as the hypervisor needs, or, where the
/// guest's own system has to do it, for `patience`.
///
/// # Errors
/// [`Error::Guest`] where it is not allowed or the guest is busy; those of the hand-over and
/// libvirt's own; [`Error::Guest`] for a promise that was not kept.
pub async fn carry_out(
    connection: &Connection,
    guest: &Guest,
    act: Act,
    source: &Source,
    patience: Duration,
) -> Result<()> {
    let row = act.row();
    if act == Act::Launch {
        return Box::pin(launch(connection, guest, source)).await;
    }
    require(guest, &row.attempt.named(&guest.name), |state| {
        act.fits(state)
    })?;
    // Before the call, so that what it brings about is heard.
    let facts = connection.facts();
    call(connection, guest, act).await?;
    let is_off = |state: DomainState| !state.is_active();
    match row.promise {
        Promise::Nothing => Ok(()),
        Promise::Active(why) => {
            promise(connection, guest, PROMPT_WAIT, why, DomainState::is_active).await
        }
        Promise::Off(why) => promise(connection, guest, PROMPT_WAIT, why, is_off).await,
        Promise::State(wanted, why) => {
            promise(connection, guest, PROMPT_WAIT, why, |state| state == wanted).await
        }
        Promise::OffByItself(why) => promise(connection, guest, patience, why, is_off).await,
        Promise::Reboot(why) => rebooted(connection, guest, facts, patience, why).await,
    }
}

/// Waits for libvirt's word that a guest rebooted.
async fn rebooted(
    connection: &Connection,
    guest: &Guest,
    mut facts: broadcast::Receiver<Fact>,
    patience: Duration,
    why: &'static Wait,
) -> Result<()> {
    let rebooted = async {
        loop {
            match facts.recv().await {
                Ok(fact) if is_reboot_of(&fact.kind, guest.uuid) => return true,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return false,
            }
        }
    };
    match tokio::time::timeout(patience, rebooted).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Connection(ConnectionError::Lost {
            uri: connection.uri().to_owned(),
            doing: doing::REBOOT.named(&guest.name),
        })),
        Err(_) => Err(Error::Guest(GuestError::StateNotReached {
            name: guest.name.clone(),
            still: Still::NotRebooted,
            seconds: patience.as_secs(),
            why,
        })),
    }
}

/// Defines a guest from a document, or replaces its definition; gives it as libvirt has it then.
///
/// # Errors
/// [`Error::Xml`] for what is no domain's document, [`Error::Libvirt`] for what libvirt refuses.
pub async fn define(connection: &Connection, document: String) -> Result<Guest> {
    let summary = DomainSummary::parse(document.as_bytes())?;
    let doing = doing::DEFINE.named(&summary.name);
    let what = doing.clone();
    let uuid = connection
        .calls()
        .run(Class::Lifecycle, &doing, move |driver| {
            let defined = driver.define(&document);
            defined
                .and_then(|domain| domain.uuid())
                .map_err(|failure| driver.failed(what, failure))
        })
        .await?;
    connection.refresh(uuid);
    connection
        .guest(&uuid.to_string())
        .await
        .map(|guest| Guest::clone(&guest))
}

pub(super) fn require(
    guest: &Guest,
    doing: &Message,
    allowed: impl Fn(DomainState) -> bool,
) -> Result<()> {
    if allowed(guest.state) {
        return Ok(());
    }
    Err(Error::Guest(GuestError::WrongState {
        doing: doing.clone(),
        name: guest.name.clone(),
        state: guest.state,
    }))
}

/// The call alone.
async fn call(connection: &Connection, guest: &Guest, act: Act) -> Result<()> {
    let doing = act.row().attempt.named(&guest.name);
    // The plug can be pulled while another action hangs.
    let _claim = match act {
        Act::ForceOff => None,
        _ => Some(connection.calls().claim(guest.uuid, &guest.name, &doing)?),
    };
    let uuid = guest.uuid;
    let what = doing.clone();
    connection
        .calls()
        .run(Class::Lifecycle, &doing, move |driver: &Driver| {
            let done = driver.domain(uuid)?.act(act);
            done.map_err(|failure| driver.failed(what, failure))
        })
        .await
}

/// Waits for the promised state. A transient guest that is off is gone, which counts as off.
pub(super) async fn promise(
    connection: &Connection,
    guest: &Guest,
    how_long: Duration,
    why: &'static Wait,
    wanted: impl Fn(DomainState) -> bool,
) -> Result<()> {
    connection
        .wait_until(guest.uuid, how_long, |now| {
            wanted(now.map_or(DomainState::ShutOff, |now| now.state))
        })
        .await
        .map_err(|now| {
            Error::Guest(GuestError::StateNotReached {
                name: guest.name.clone(),
                still: Still::State(now.map_or(DomainState::ShutOff, |now| now.state)),
                seconds: how_long.as_secs(),
                why,
            })
        })
}

/// After a connection lost in the middle of a start: waits for it to come back and looks.
async fn after_loss(connection: &Connection, guest: &Guest, lost: Result<()>) -> Result<()> {
    use crate::connection::Status;

    let mut status = connection.status();
    let back = tokio::time::timeout(PROMPT_WAIT, async {
        // The actor may not have noticed yet.
        let _ = tokio::time::timeout(
            Duration::from_secs(2),
            status.wait_for(|now| *now != Status::Online),
        )
        .await;
        status.wait_for(|now| *now == Status::Online).await.is_ok()
    })
    .await;
    if back != Ok(true) {
        return lost;
    }
    let uuid = guest.uuid;
    let state = connection
        .calls()
        .run(Class::Ordinary, doing::READ_GUEST, move |driver| {
            Ok(driver.domain(uuid)?.state())
        })
        .await?;
    if state.is_active() { Ok(()) } else { lost }
}

fn is_reboot_of(kind: &FactKind, uuid: Uuid) -> bool {
    matches!(kind, FactKind::Happened(happening)
        if happening.what == What::Rebooted && happening.guest() == Some(uuid))
}
