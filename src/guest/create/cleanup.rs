// SPDX-License-Identifier: GPL-3.0-or-later
//! What a crash left: a guest that was defined is complete and stays for good; of any other, what
//! is proven to be the job's own, and used by nobody, is undone in reverse.
//!
//! Nothing is inferred from absence or from a name: a pool that can't be looked into, a host that
//! does not answer or is another one, proves nothing, and then the journal and the key stay. A
//! disk that is not found may have been moved, so its key stays as well.

use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::step::{self, Found, Undoing};
use crate::connection::{Class, Connection};
use crate::driver::Driver;
use crate::job::journal::{self, Journal, Record, Step, StepState};
use crate::message::Message;
use crate::model::doing;
use crate::model::error::{Error, JobError, NotUndone, Result, job};

/// How long a volume that libvirt is still making is waited for.
pub(super) const STILL_MAKING: Duration = Duration::from_secs(20);

/// A creation whose process died.
#[derive(Clone, Debug, Serialize)]
pub struct Leftover {
    /// The job's id.
    pub id: Uuid,
    /// The connection that it was for.
    #[serde(rename = "connection")]
    pub uri: String,
    /// The guest's name.
    pub domain: String,
    /// What of it is, or may be, there: "volume /path", ...
    pub left: Vec<Message>,
}

/// What became of a leftover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The guest was complete and stays.
    Finished,
    /// All of it is gone.
    Undone,
    /// No disk was found, which proves nothing: the passphrase stays in the keyring.
    KeyKept,
    /// Its process lives, or another one cleans it up now.
    Alive,
}

/// The creations whose process died, on all connections. Blocks.
///
/// # Errors
/// [`Error::Io`] if the journal can't be read.
pub fn leftovers() -> Result<Vec<Leftover>> {
    Ok(journal::unfinished()?.iter().map(describe).collect())
}

/// Finishes or undoes one leftover on its connection.
///
/// # Errors
/// [`Error::Job`] for what is not proven to be the job's own; [`Error::Storage`];
/// whatever could not be undone. The journal keeps it then.
pub async fn clean_up(connection: &Connection, id: Uuid) -> Result<Outcome> {
    let Some(journal) = take_over(id).await? else {
        return Ok(Outcome::Alive);
    };
    if journal.record().is_defined() {
        journal.finish()?;
        return Ok(Outcome::Finished);
    }
    match undo_at_host(connection, journal, Some(STILL_MAKING)).await? {
        Undone::Complete(journal) => {
            journal.finish()?;
            Ok(Outcome::Finished)
        }
        Undone::All(journal) => {
            forget_key(journal).await?;
            Ok(Outcome::Undone)
        }
        Undone::DiskNotFound(journal) => {
            let kept = journal.record().key().is_some();
            journal.finish()?;
            Ok(if kept {
                Outcome::KeyKept
            } else {
                Outcome::Undone
            })
        }
    }
}

/// Forgets the journal of a leftover, and touches nothing of what it tells of.
///
/// # Errors
/// [`Error::Io`].
pub async fn keep(id: Uuid) -> Result<Outcome> {
    match take_over(id).await? {
        Some(journal) => journal.finish().map(|()| Outcome::Finished),
        None => Ok(Outcome::Alive),
    }
}

async fn take_over(id: Uuid) -> Result<Option<Journal>> {
    tokio::task::spawn_blocking(move || Journal::take_over(id))
        .await
        .map_err(|panicked| Error::Internal(panicked.to_string()))?
}

/// How far a job was undone at its host.
pub(super) enum Undone {
    /// Nothing: its guest is there.
    Complete(Journal),
    /// Nothing of it is at the host any more.
    All(Journal),
    /// Its disk is not where it was made.
    DiskNotFound(Journal),
}

/// Undoes a journal's steps at the host, newest first, and gives the journal back with what is not
/// at the host: the key.
pub(super) async fn undo_at_host(
    connection: &Connection,
    journal: Journal,
    patience: Option<Duration>,
) -> Result<Undone> {
    let doing = doing::UNDO_CREATION.named(&journal.record().domain);
    connection
        .calls()
        .run(Class::Long, &doing, move |driver| {
            undo_blocking(driver, journal, patience)
        })
        .await
}

fn undo_blocking(
    driver: &Driver,
    mut journal: Journal,
    patience: Option<Duration>,
) -> Result<Undone> {
    let record = journal.record().clone();
    let refuse = |why| {
        Error::Job(JobError::NotUndone {
            name: record.domain.clone(),
            why,
        })
    };
    let Some(host) = &record.host else {
        return Err(refuse(NotUndone::HostNotNoted));
    };
    if host != driver.identity()? {
        return Err(refuse(NotUndone::OtherHost {
            uri: driver.uri.clone(),
        }));
    }
    let mut not_found = false;
    let undoing = Undoing {
        driver,
        record: &record,
        patience,
    };
    for (step, _) in record.steps.iter().rev() {
        match step::undo(&undoing, step)? {
            Found::Undone => journal.strike(step)?,
            Found::Complete => return Ok(Undone::Complete(journal)),
            Found::Missing => not_found = true,
            Found::Elsewhere => {}
        }
    }
    Ok(if not_found {
        Undone::DiskNotFound(journal)
    } else {
        Undone::All(journal)
    })
}

/// Removes the key of a journal that has nothing else left, and ends the journal.
pub(super) async fn forget_key(journal: Journal) -> Result<()> {
    let keys = journal.record().steps.iter().map(|(step, _)| match step {
        Step::Key { secret } => Ok(*secret),
        _ => Err(Error::Internal(
            "a key is not forgotten before its volume".into(),
        )),
    });
    // All of them are looked at before the first goes.
    let keys: Vec<Uuid> = keys.collect::<Result<_>>()?;
    for secret in keys {
        step::key::undo(secret).await?;
    }
    journal.finish()
}

fn describe(record: &Record) -> Leftover {
    let left = record
        .steps
        .iter()
        .map(|(step, state)| {
            let thing = step::left(record, step);
            match state {
                StepState::Done => thing,
                StepState::Begun => job::PERHAPS.with("what", thing),
            }
        })
        .collect();
    Leftover {
        id: record.id,
        uri: record.uri.clone(),
        domain: record.domain.clone(),
        left,
    }
}
