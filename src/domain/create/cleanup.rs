// SPDX-License-Identifier: GPL-3.0-or-later
//! What a crash left: finish it where the guest is complete, else undo it, in reverse.
//!
//! Nothing is inferred from absence: a pool that can't be looked into, or a host that does not
//! answer, proves nothing, and then the journal and the key stay.

use std::time::{Duration, Instant};

use serde::Serialize;
use uuid::Uuid;
use virt::sys;

use crate::connection::{Class, Connection, Handles};
use crate::error::{Error, Result};
use crate::job::journal::{self, Journal, Record, Step, StepState};
use crate::secret::keyring::Keyring;
use crate::storage;

/// How long a volume that libvirt is still making is waited for.
const STILL_MAKING: Duration = Duration::from_secs(20);

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
    pub left: Vec<String>,
}

/// What became of a leftover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The guest was complete and stays.
    Finished,
    /// All of it is gone.
    Undone,
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
/// Whatever could not be undone; the journal keeps it then.
pub async fn clean_up(connection: &Connection, id: Uuid) -> Result<Outcome> {
    let taken = tokio::task::spawn_blocking(move || Journal::take_over(id))
        .await
        .map_err(|panicked| Error::Internal(panicked.to_string()))??;
    let Some(journal) = taken else {
        return Ok(Outcome::Alive);
    };
    if is_complete(connection, journal.record()).await? {
        journal.finish()?;
        return Ok(Outcome::Finished);
    }
    let journal = undo_at_host(connection, journal, Some(STILL_MAKING)).await?;
    forget_key(journal).await?;
    Ok(Outcome::Undone)
}

/// A guest that was defined has everything that it needs; that it was not started loses nothing.
async fn is_complete(connection: &Connection, record: &Record) -> Result<bool> {
    let Some(uuid) = record.steps.iter().find_map(|(step, _)| match step {
        Step::Domain { uuid } => Some(*uuid),
        _ => None,
    }) else {
        return Ok(false);
    };
    connection
        .calls()
        .run(
            Class::Ordinary,
            "look for the virtual machine",
            move |handles| match handles.main.lookup_domain_by_uuid(uuid) {
                Ok(_) => Ok(true),
                Err(error) => match libvirt_ext::Error::from(error) {
                    error if error.is_no_domain() => Ok(false),
                    error => Err(handles.failed("look for the virtual machine", error)),
                },
            },
        )
        .await
}

/// Undoes a journal's steps at the host, newest first, and gives the journal back with what is not
/// at the host: the key.
pub(super) async fn undo_at_host(
    connection: &Connection,
    journal: Journal,
    patience: Option<Duration>,
) -> Result<Journal> {
    if journal
        .record()
        .steps
        .iter()
        .all(|(step, _)| matches!(step, Step::Key { .. }))
    {
        return Ok(journal);
    }
    let doing = format!("undo the creation of “{}”", journal.record().domain);
    connection
        .calls()
        .run(Class::Long, &doing, move |handles| {
            let mut journal = journal;
            undo_blocking(handles, &mut journal, patience)?;
            Ok(journal)
        })
        .await
}

fn undo_blocking(
    handles: &Handles,
    journal: &mut Journal,
    patience: Option<Duration>,
) -> Result<()> {
    // The pool is older than the key's step, or the other way round: the key is left for last by
    // passing over it here.
    let steps = journal.record().steps.clone();
    for (step, _) in steps.iter().rev() {
        match step {
            Step::Start { uuid } => stop(handles, *uuid)?,
            Step::Domain { uuid } => undefine(handles, *uuid)?,
            Step::Volume { pool, name, path } => {
                let deadline = patience.map(|patience| Instant::now() + patience);
                delete_patiently(handles, pool, name, path, deadline)?;
            }
            Step::Pool { name } => storage::remove_empty_pool(handles, name)?,
            Step::Key { .. } => continue,
        }
        journal.strike(step)?;
    }
    Ok(())
}

/// After a `kill -9` the daemon may still be making the volume, and refuses to delete it then.
fn delete_patiently(
    handles: &Handles,
    pool: &str,
    name: &str,
    path: &str,
    deadline: Option<Instant>,
) -> Result<()> {
    loop {
        match storage::delete_volume(handles, pool, name, path) {
            Err(Error::Libvirt { .. } | Error::Busy { .. })
                if deadline.is_some_and(|deadline| Instant::now() < deadline) =>
            {
                std::thread::sleep(Duration::from_millis(500));
            }
            result => return result,
        }
    }
}

/// Removes the key of a journal that has nothing else left, and ends the journal.
pub(super) async fn forget_key(journal: Journal) -> Result<()> {
    for (step, _) in &journal.record().steps {
        let Step::Key { secret } = step else {
            return Err(Error::Internal(
                "a key is not forgotten before its volume".into(),
            ));
        };
        Keyring::open().await?.delete(*secret).await?;
    }
    journal.finish()
}

fn stop(handles: &Handles, uuid: Uuid) -> Result<()> {
    let Ok(domain) = handles.main.lookup_domain_by_uuid(uuid) else {
        return Ok(());
    };
    if domain.is_active().unwrap_or(false) {
        domain
            .destroy()
            .map_err(|error| handles.failed("stop the virtual machine", error.into()))?;
    }
    Ok(())
}

fn undefine(handles: &Handles, uuid: Uuid) -> Result<()> {
    let failed = |error| handles.failed("undefine the virtual machine", error);
    let domain = match handles.main.lookup_domain_by_uuid(uuid) {
        Ok(domain) => domain,
        Err(error) => {
            return match libvirt_ext::Error::from(error) {
                error if error.is_no_domain() => Ok(()),
                error => Err(failed(error)),
            };
        }
    };
    // A start that was under way when the process died may have come through.
    stop(handles, uuid)?;
    let flags = sys::VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | sys::VIR_DOMAIN_UNDEFINE_NVRAM;
    domain
        .undefine_flags(flags)
        .or_else(|_| domain.undefine())
        .map_err(|error| failed(error.into()))
}

fn describe(record: &Record) -> Leftover {
    let left = record
        .steps
        .iter()
        .map(|(step, state)| {
            let thing = match step {
                Step::Pool { name } => format!("storage pool “{name}”"),
                Step::Key { secret } => format!("keyring item of secret {secret}"),
                Step::Volume { path, .. } => format!("disk {path}"),
                Step::Domain { .. } => format!("virtual machine “{}”", record.domain),
                Step::Start { .. } => "its running process".to_owned(),
            };
            match state {
                StepState::Done => thing,
                StepState::Begun => format!("{thing} (perhaps)"),
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
