// SPDX-License-Identifier: GPL-3.0-or-later
//! The journal of jobs: what was begun, so that a crash loses nothing and leaves nothing.
//!
//! One JSON file a job in the state folder, and beside it a lock that lives as long as the
//! process. Each step is written down before it is done ("begun") and after ("done"): what is
//! begun but not done may or may not exist and has to be looked for.

use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::error;
use crate::model::error::{Error, Result};
use crate::model::host::HostIdentity;
use crate::paths;

/// How far one step came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// Under way when the journal was written: its effect has to be looked for.
    Begun,
    /// Its effect is there.
    Done,
}

/// One undoable step of a creation, with all that is needed to undo it. No passphrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "lowercase")]
pub enum Step {
    /// A storage pool was made because there was none.
    Pool {
        /// Its name.
        name: String,
        /// Its UUID, chosen by the job; journals from before lack it.
        #[serde(default)]
        uuid: Option<Uuid>,
    },
    /// A passphrase was put into the keyring.
    Key {
        /// The secret that the item is keyed by.
        secret: Uuid,
    },
    /// A volume was made.
    Volume {
        /// The pool's name.
        pool: String,
        /// The pool's UUID; journals from before lack it.
        #[serde(default)]
        pool_uuid: Option<Uuid>,
        /// The volume's name in it.
        name: String,
        /// The volume's path on the host.
        path: String,
        /// Whether the name has a part that this job alone has chosen, which proves whose the
        /// volume is.
        #[serde(default)]
        own_name: bool,
    },
    /// The guest was defined.
    Domain {
        /// Its UUID, chosen by the job.
        uuid: Uuid,
    },
    /// The guest was started.
    Start {
        /// Its UUID.
        uuid: Uuid,
    },
}

/// The journal of one creation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The job's id, also the file's name.
    pub id: Uuid,
    /// The connection's URI as the person gave it.
    pub uri: String,
    /// The host that it led to; journals from before lack it.
    #[serde(default)]
    pub host: Option<HostIdentity>,
    /// The guest's name.
    pub domain: String,
    /// The guest's document, to finish with.
    pub document: String,
    /// The steps so far, oldest first.
    pub steps: Vec<(Step, StepState)>,
}

impl Record {
    /// Whether the guest was defined: then the job is complete, whatever came after.
    pub fn is_defined(&self) -> bool {
        self.steps.iter().any(|(step, state)| {
            matches!(step, Step::Start { .. })
                || (matches!(step, Step::Domain { .. }) && *state == StepState::Done)
        })
    }

    /// The secret of the passphrase that the job put into the keyring.
    pub fn key(&self) -> Option<Uuid> {
        self.steps.iter().find_map(|(step, _)| match step {
            Step::Key { secret } => Some(*secret),
            _ => None,
        })
    }

    pub(crate) fn names_pool(&self, pool: Uuid) -> bool {
        self.steps.iter().any(|(step, _)| match step {
            Step::Pool { uuid, .. } => *uuid == Some(pool),
            Step::Volume { pool_uuid, .. } => *pool_uuid == Some(pool),
            _ => false,
        })
    }

    pub(crate) fn names_volume(&self, volume: &str) -> bool {
        self.steps
            .iter()
            .any(|(step, _)| matches!(step, Step::Volume { name, .. } if name == volume))
    }
}

/// A journal that this process writes.
#[derive(Debug)]
pub struct Journal {
    record: Record,
    path: PathBuf,
    // The kernel drops the lock when the process dies, which is how the next one knows.
    _alive: File,
}

impl Journal {
    /// Opens a journal for a new job. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`] if the state folder can't be written.
    pub fn create(uri: &str, host: &HostIdentity, domain: &str, document: &str) -> Result<Self> {
        let id = Uuid::new_v4();
        let alive = lock_of(id)?;
        alive
            .try_lock()
            .map_err(|_| Error::Internal("a new job's lock is taken".into()))?;
        let journal = Self {
            record: Record {
                id,
                uri: uri.to_owned(),
                host: Some(host.clone()),
                domain: domain.to_owned(),
                document: document.to_owned(),
                steps: Vec::new(),
            },
            path: file_of(id)?,
            _alive: alive,
        };
        journal.write()?;
        Ok(journal)
    }

    /// Takes over the journal of a job whose process died. `None` if it lives or is gone.
    ///
    /// # Errors
    /// [`Error::Io`] if the journal can't be read.
    pub fn take_over(id: Uuid) -> Result<Option<Self>> {
        let alive = lock_of(id)?;
        let path = file_of(id)?;
        if alive.try_lock().is_err() {
            return Ok(None);
        }
        if !path.exists() {
            drop(alive);
            let _ = fs::remove_file(path.with_extension("lock"));
            return Ok(None);
        }
        let text = fs::read(&path).map_err(Error::io(error::file::READ, &path))?;
        let record = serde_json::from_slice(&text)
            .map_err(|error| Error::io(error::file::READ, &path)(std::io::Error::other(error)))?;
        Ok(Some(Self {
            record,
            path,
            _alive: alive,
        }))
    }

    /// What is written so far.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Writes down that a step begins. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`]; the step must not be done then.
    pub fn begin(&mut self, step: Step) -> Result<()> {
        self.record.steps.push((step, StepState::Begun));
        self.write()
    }

    /// Writes down that the newest step is done. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn done(&mut self) -> Result<()> {
        if let Some((_, state)) = self.record.steps.last_mut() {
            *state = StepState::Done;
        }
        self.write()
    }

    /// Writes down that the newest step is undone. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn undone(&mut self) -> Result<()> {
        self.record.steps.pop();
        self.write()
    }

    /// Writes down that one step, wherever it stands, is undone. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn strike(&mut self, step: &Step) -> Result<()> {
        self.record.steps.retain(|(other, _)| other != step);
        self.write()
    }

    /// Ends the journal: everything is in place, or undone. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(self) -> Result<()> {
        fs::remove_file(&self.path).map_err(Error::io(error::file::REMOVE, &self.path))?;
        let _ = fs::remove_file(self.path.with_extension("lock"));
        Ok(())
    }

    fn write(&self) -> Result<()> {
        let text = serde_json::to_vec_pretty(&self.record)
            .map_err(|error| Error::Internal(error.to_string()))?;
        paths::write_atomically(&self.path, &text)
    }
}

/// The jobs whose process died before they ended. Blocks.
///
/// # Errors
/// [`Error::Io`] if the state folder can't be read.
pub fn unfinished() -> Result<Vec<Record>> {
    let mut all = Vec::new();
    for record in self::all()? {
        let lock = file_of(record.id)?.with_extension("lock");
        let alive = File::open(lock).is_ok_and(|lock| lock.try_lock().is_err());
        if !alive {
            all.push(record);
        }
    }
    Ok(all)
}

/// All jobs that have not ended, those of living processes included. Blocks.
///
/// # Errors
/// [`Error::Io`] if the state folder can't be read.
pub(crate) fn all() -> Result<Vec<Record>> {
    let folder = paths::state_subdir("jobs")?;
    let mut all = Vec::new();
    for entry in fs::read_dir(&folder)
        .map_err(Error::io(error::file::READ, &folder))?
        .flatten()
    {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let read = fs::read(&path)
            .map_err(|error| error.to_string())
            .and_then(|text| {
                serde_json::from_slice::<Record>(&text).map_err(|error| error.to_string())
            });
        match read {
            Ok(record) => all.push(record),
            Err(why) => tracing::warn!(path = %path.display(), why, "a journal can't be read"),
        }
    }
    Ok(all)
}

fn file_of(id: Uuid) -> Result<PathBuf> {
    Ok(paths::state_subdir("jobs")?.join(format!("{id}.json")))
}

fn lock_of(id: Uuid) -> Result<File> {
    let path = file_of(id)?.with_extension("lock");
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(Error::io(error::file::OPEN, &path))
}
