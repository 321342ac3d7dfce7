// SPDX-License-Identifier: GPL-3.0-or-later
//! A plan becomes a guest: pool, key, lease, volume, domain, start. On failure all of it backwards,
//! until the guest is defined; then it stays.
//!
//! The keyring's item comes first and goes last, and only once the volume is proven gone: the only
//! key to somebody's data is never thrown away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cleanup::{self, STILL_MAKING, Undone, forget_key};
use super::{Created, DiskPlan, Encryption, Plan};
use crate::connection::{Class, Connection, Status};
use crate::driver::Driver;
use crate::guest::start::start;
use crate::job::journal::{Journal, Step};
use crate::job::{JobControl, fault};
use crate::lease::{Lease, LeaseRequest};
use crate::model::doing;
use crate::model::error::{ConnectionError, Error, JobError, NotUndone, Result, Thing};
use crate::model::passphrase::Passphrase;
use crate::secret::keyring::{ItemLabels, Keyring, KeyringError};
use crate::storage;
use crate::xml::summary::SecretUsageType;

/// How long a failed creation waits for a lost connection to come back, to undo its steps.
const RETURN_WAIT: Duration = Duration::from_secs(15);

pub(super) async fn carry_out(
    connection: &Connection,
    mut plan: Plan,
    control: &JobControl,
) -> Result<Created> {
    let steps = Steps::of(&plan);
    let mut journal = Journal::create(connection.uri(), &plan.host, &plan.name, &plan.document)?;
    fault::point("journal");
    let secret = match store_key(connection, &mut plan, &steps, &mut journal, control).await {
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
                let made = make(
                    driver,
                    &act_plan,
                    passphrase.as_ref(),
                    &steps,
                    &mut journal,
                    &act_control,
                );
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

/// Which steps a plan has, for progress.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    names: [Option<&'static str>; 5],
}

impl Steps {
    pub(super) fn of(plan: &Plan) -> Self {
        let disk = plan.disk.as_ref();
        let encrypted = disk.is_some_and(|disk| disk.secret.is_some());
        let pool = disk.is_some_and(|disk| disk.pool.make.is_some());
        Self {
            names: [
                encrypted.then_some("key"),
                pool.then_some("pool"),
                disk.map(|_| "volume"),
                Some("domain"),
                plan.start.then_some("start"),
            ],
        }
    }

    /// Their names, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().flatten().copied()
    }

    /// Reports the step, and stops here if the person wants to.
    fn begin(&self, control: &JobControl, name: &'static str) -> Result<()> {
        control.check()?;
        let index = self.names().position(|step| step == name).unwrap_or(0);
        control.begin(index + 1, self.names().count(), name);
        Ok(())
    }
}

/// Puts the passphrase into the keyring. Gives it with whether it was stored: without a keyring
/// service only a person's own passphrase is used, which is then asked for at each start.
async fn store_key(
    connection: &Connection,
    plan: &mut Plan,
    steps: &Steps,
    journal: &mut Journal,
    control: &JobControl,
) -> Result<Option<(Passphrase, bool)>> {
    let Some((encryption, disk)) = plan.passphrase.take().zip(plan.disk.as_ref()) else {
        return Ok(None);
    };
    let Some(secret) = disk.secret else {
        return Ok(None);
    };
    steps.begin(control, "key")?;
    let (passphrase, typed) = match encryption {
        Encryption::None => return Ok(None),
        Encryption::Generated => (Passphrase::generate()?, false),
        Encryption::Passphrase(passphrase) => (passphrase, true),
    };
    let keyring = match Keyring::open().await {
        Ok(keyring) => keyring,
        Err(KeyringError::NoService(why)) if typed => {
            tracing::warn!(%why, "the passphrase is not kept: there is no keyring service");
            return Ok(Some((passphrase, false)));
        }
        Err(error) => return Err(error.into()),
    };
    // The dialog for it may stand there for long, or be refused. Nothing is stored by then, so there
    // is nothing to undo, which would bring up the dialog once more.
    let unlocking = Box::pin(keyring.unlock());
    control
        .unless_cancelled(async { Ok(unlocking.await?) })
        .await?;
    journal.begin(Step::Key { secret })?;
    fault::point("key-begun");
    let labels = ItemLabels {
        domain: plan.name.clone(),
        volume: disk.path.clone(),
        connection: connection.uri().to_owned(),
        host: plan.host.clone(),
    };
    // What was stored by the time of a cancel is found by the undoing.
    let storing = Box::pin(keyring.store(secret, &labels, &passphrase, true));
    control
        .unless_cancelled(async { Ok(storing.await?) })
        .await?;
    journal.done()?;
    fault::point("key");
    Ok(Some((passphrase, true)))
}

/// The steps at the hypervisor, under a lease if the disk is encrypted. Blocks.
fn make(
    driver: &Driver,
    plan: &Plan,
    passphrase: Option<&Passphrase>,
    steps: &Steps,
    journal: &mut Journal,
    control: &JobControl,
) -> Result<()> {
    // The connection may have come back since the plan was made, and lead elsewhere.
    if *driver.identity()? != plan.host {
        return Err(Error::Connection(ConnectionError::OtherHost {
            uri: driver.uri.clone(),
        }));
    }
    if let Some(DiskPlan { pool, .. }) = &plan.disk
        && let Some(folder) = &pool.make
    {
        steps.begin(control, "pool")?;
        journal.begin(Step::Pool {
            name: pool.name.clone(),
            uuid: Some(pool.uuid),
        })?;
        if let Err(error) = storage::make_pool(driver, &pool.name, pool.uuid, folder) {
            return Err(not_made(journal, error));
        }
        journal.done()?;
        fault::point("pool");
    }
    let lease = match (passphrase, &plan.disk) {
        (
            Some(passphrase),
            Some(DiskPlan {
                secret: Some(secret),
                ..
            }),
        ) => Some(Lease::acquire(
            driver,
            LeaseRequest {
                host: driver.canonical.clone(),
                identity: plan.host.clone(),
                secret: *secret,
                usage: SecretUsageType::Volume,
                usage_id: None,
                domain: plan.name.clone(),
                exclusive: false,
            },
            passphrase,
        )?),
        _ => None,
    };
    let result = make_under_lease(driver, plan, steps, journal, control);
    if let Some(lease) = lease
        && let Err(error) = lease.release(driver)
    {
        tracing::warn!(%error, "a lease could not be ended");
    }
    result
}

fn make_under_lease(
    driver: &Driver,
    plan: &Plan,
    steps: &Steps,
    journal: &mut Journal,
    control: &JobControl,
) -> Result<()> {
    if let Some(disk) = &plan.disk {
        steps.begin(control, "volume")?;
        journal.begin(Step::Volume {
            pool: disk.pool.name.clone(),
            pool_uuid: Some(disk.pool.uuid),
            name: disk.volume.clone(),
            path: disk.path.clone(),
            own_name: true,
        })?;
        fault::point("volume-begun");
        let made = timed("volume", || {
            storage::make_volume(driver, &disk.pool, &disk.document, |attempt| {
                control.again(attempt)
            })
        });
        if let Err(error) = made {
            return Err(not_made(journal, error));
        }
        journal.done()?;
        fault::point("volume");
    }
    steps.begin(control, "domain")?;
    journal.begin(Step::Domain { uuid: plan.uuid })?;
    if fault::fails("domain") {
        let error = Error::Internal("a test wants the definition to fail".into());
        return Err(not_made(journal, error));
    }
    let defined = timed("define", || driver.define(&plan.document));
    let domain = match defined {
        Ok(domain) => domain,
        Err(error) => {
            let error = driver.failed(doing::DEFINE.named(&plan.name), error);
            return Err(not_made(journal, taken_meanwhile(driver, plan, error)));
        }
    };
    journal.done()?;
    fault::point("domain");
    if plan.start {
        steps.begin(control, "start")?;
        journal.begin(Step::Start { uuid: plan.uuid })?;
        if fault::fails("start") {
            return Err(Error::Internal("a test wants the start to fail".into()));
        }
        if let Err(error) = timed("start", || start(driver, &domain)) {
            return Err(not_made(journal, error));
        }
        journal.done()?;
        fault::point("start");
    }
    Ok(())
}

/// Does one of libvirt's long calls, and logs its time for `make bench`.
fn timed<T>(call: &str, act: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let result = act();
    tracing::debug!(
        target: "oriel::timing",
        call,
        ms = begin.elapsed().as_secs_f64() * 1e3,
        "libvirt"
    );
    result
}

/// The name was free when the plan was made; libvirt says that it is not by its words alone.
fn taken_meanwhile(driver: &Driver, plan: &Plan, error: Error) -> Error {
    if !driver
        .uuid_by_name(&plan.name)
        .is_ok_and(|found| found.is_some())
    {
        return error;
    }
    Error::Exists {
        thing: Thing::Guest,
        name: plan.name.clone(),
        uri: driver.uri.clone(),
    }
}

/// libvirt says that it did not do the step: then there is nothing of it to undo, and what may be
/// there under the same name is somebody else's. A lost connection says nothing.
fn not_made(journal: &mut Journal, error: Error) -> Error {
    if !matches!(error, Error::Connection(ConnectionError::Lost { .. }))
        && let Err(unwritten) = journal.undone()
    {
        tracing::warn!(error = %unwritten, "the journal could not be written");
    }
    error
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
