// SPDX-License-Identifier: GPL-3.0-or-later
//! A plan becomes a guest: the steps of `step/` in order, those at the hypervisor under a lease. On
//! failure all of it backwards, until the guest is defined; then it stays.

use std::sync::Arc;
use std::time::Duration;

use super::cleanup::{self, STILL_MAKING, Undone, forget_key};
use super::plan::{Created, Plan};
use super::step::{self, Making};
use crate::connection::{Class, Connection, Status};
use crate::job::journal::Journal;
use crate::job::{JobControl, fault};
use crate::lease::{Lease, LeaseRequest};
use crate::model::doing;
use crate::model::error::{ConnectionError, Error, JobError, NotUndone, Result};
use crate::model::passphrase::Passphrase;
use crate::xml::summary::SecretUsageType;

/// How long a failed creation waits for a lost connection to come back, to undo its steps.
const RETURN_WAIT: Duration = Duration::from_secs(15);

pub(super) async fn carry_out(
    connection: &Connection,
    mut plan: Plan,
    control: &JobControl,
) -> Result<Created> {
    let mut journal = Journal::create(connection.uri(), &plan.host, &plan.name, &plan.document)?;
    fault::point("journal");
    let secret = match step::key::make(connection, &mut plan, &mut journal, control).await {
        Ok(secret) => secret,
        Err(error) => return Err(undo(connection, journal, error, control).await),
    };
    let key_stored = secret.as_ref().is_some_and(|(_, stored)| *stored);
    let plan = Arc::new(plan);
    let (act_plan, act_control) = (plan.clone(), control.clone());
    let (journal, made) = connection
        .calls()
        .run(
            Class::Long,
            doing::CREATE.named(&plan.name),
            move |driver| {
                let passphrase = secret.map(|(passphrase, _)| passphrase);
                let mut journal = journal;
                let mut making = Making {
                    driver,
                    plan: &act_plan,
                    journal: &mut journal,
                    control: &act_control,
                };
                let made = make(&mut making, passphrase.as_ref());
                Ok((journal, made))
            },
        )
        .await?;
    match made {
        Ok(()) => {
            fault::point("finished");
            journal.finish()?;
            connection.refresh(plan.uuid);
            Ok(Created {
                name: plan.name.clone(),
                uuid: plan.uuid,
                disk: plan.disk.as_ref().map(|disk| disk.path.clone()),
                encrypted: plan.disk.as_ref().is_some_and(|disk| disk.secret.is_some()),
                key_stored,
                started: plan.start,
            })
        }
        Err(error) => Err(undo(connection, journal, error, control).await),
    }
}

/// The steps at the hypervisor, under a lease if the disk is encrypted. Blocks.
fn make(making: &mut Making<'_>, passphrase: Option<&Passphrase>) -> Result<()> {
    let (driver, plan) = (making.driver, making.plan);
    // The connection may have come back since the plan was made, and lead elsewhere.
    if *driver.identity()? != plan.host {
        return Err(Error::Connection(ConnectionError::OtherHost {
            uri: driver.uri.clone(),
        }));
    }
    step::pool::make(making)?;
    let secret = plan.disk.as_ref().and_then(|disk| disk.secret);
    let lease = match passphrase.zip(secret) {
        Some((passphrase, secret)) => Some(Lease::acquire(
            driver,
            LeaseRequest {
                host: driver.canonical.clone(),
                identity: plan.host.clone(),
                secret,
                usage: SecretUsageType::Volume,
                usage_id: None,
                domain: plan.name.clone(),
                exclusive: false,
            },
            passphrase,
        )?),
        None => None,
    };
    let result = step::volume::make(making)
        .and_then(|()| step::domain::make(making))
        .and_then(|domain| step::start::make(making, &domain));
    if let Some(lease) = lease
        && let Err(error) = lease.release(driver)
    {
        tracing::warn!(%error, "a lease could not be ended");
    }
    result
}

/// Undoes a failed creation; waits for a lost connection to come back first. A guest that was
/// defined stays: whatever happens after that, somebody may be using it.
async fn undo(
    connection: &Connection,
    journal: Journal,
    error: Error,
    control: &JobControl,
) -> Error {
    let name = journal.record().domain.clone();
    if journal.record().is_defined() {
        return made_not_started(journal, name, error);
    }
    control.undo();
    let mut patience = None;
    if matches!(error, Error::Connection(ConnectionError::Lost { .. })) {
        wait_until_back(connection).await;
        // What a daemon that died has begun may go on without it.
        patience = Some(STILL_MAKING);
    }
    let left = match cleanup::undo_at_host(connection, journal, patience).await {
        Ok(Undone::Complete(journal)) => return made_not_started(journal, name, error),
        Ok(Undone::All(journal)) => match forget_key(journal).await {
            Ok(()) => return error,
            Err(left) => left,
        },
        // Only after a lost connection: libvirt may be about to make it.
        Ok(Undone::DiskNotFound(_)) => Error::Job(JobError::NotUndone {
            name,
            why: NotUndone::DiskNotFound,
        }),
        Err(left) => left,
    };
    Error::Job(JobError::LeftBehind {
        source: Box::new(error),
        left: Box::new(left),
    })
}

fn made_not_started(journal: Journal, name: String, error: Error) -> Error {
    if let Err(unwritten) = journal.finish() {
        tracing::warn!(error = %unwritten, "the journal could not be ended");
    }
    Error::Job(JobError::MadeNotStarted {
        name,
        source: Box::new(error),
    })
}

async fn wait_until_back(connection: &Connection) {
    let mut status = connection.status();
    let _ = tokio::time::timeout(
        Duration::from_secs(2),
        status.wait_for(|now| *now != Status::Online),
    )
    .await;
    let _ = tokio::time::timeout(RETURN_WAIT, status.wait_for(|now| *now == Status::Online)).await;
}
