// SPDX-License-Identifier: GPL-3.0-or-later
//! A lease: a libvirt secret that is there for one operation and gone after it.
//!
//! There is one lease per (host, secret), shared by everybody who needs it at the same time:
//! guests of this process and of other processes. Three files in the state folder carry it:
//!
//! - `gate-N.lock`, locked for the moment of taking or giving back a lease; secrets share sixteen;
//! - `HOST-SECRET.hold`, locked *shared* for as long as a lease is held. The kernel drops that
//!   lock when a process dies, so whoever gets it *exclusively* knows that nobody is left;
//! - `HOST-SECRET.json`, the journal: written before the secret is defined.
//!
//! HOST stands for the URI by which the first holder reached the host. One host has many URIs
//! (a socket's path, a tunnel), so the secret's description in libvirt says which HOST it goes
//! by, and who comes by another URI looks at that one's files.
//!
//! All functions here block; the engine calls them from threads that may.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::driver::{Driver, Secret, trust};
use crate::message::Text;
use crate::model::doing;
use crate::model::error;
use crate::model::error::failure::Failure;
use crate::model::error::{ConnectionError, Error, Result, SecretError, Taken, request};
use crate::model::host::HostIdentity;
use crate::model::passphrase::Passphrase;
use crate::xml::summary::SecretUsageType;
use crate::xml::{self, escape_text};
use crate::{job, paths};

/// How long to wait for another process at the gate, or for an exclusive lease.
const LOCK_WAIT: Duration = Duration::from_secs(30);
/// How often a lock is tried while waiting.
const LOCK_RETRY: Duration = Duration::from_millis(15);
/// Starts the description of every secret that is ours to undefine.
const MARKER: &str = "Oriel lease";

/// What a lease is for.
#[derive(Clone, Debug)]
pub struct LeaseRequest {
    /// The canonical URI of the connection that libvirt names (`virConnectGetURI`).
    pub host: String,
    /// The host that the passphrase is for.
    pub identity: HostIdentity,
    /// The secret's UUID.
    pub secret: Uuid,
    /// What sort of thing it opens; a wrong sort makes the start fail.
    pub usage: SecretUsageType,
    /// The usage id that the guest's document names, where it does not name the UUID.
    pub usage_id: Option<String>,
    /// The guest, for the secret's description.
    pub domain: String,
    /// Whether nobody else may hold the same secret meanwhile: for a passphrase that was
    /// typed and may be wrong.
    pub exclusive: bool,
}

/// The journal's entry for one lease. It holds no passphrase.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LeaseRecord {
    /// The connection's canonical URI.
    pub host: String,
    /// The secret's UUID.
    pub secret: Uuid,
    /// The guest that it was taken for first.
    pub domain: String,
    /// The process that took it first.
    pub pid: u32,
}

/// libvirt's embedded QEMU does not find its own process's secrets: 11.3 at most on the thread that
/// opened them, and starts run on others; 9.0 crashes the process when one is defined.
fn no_secrets_when_embedded() -> Error {
    Error::Unsupported(request::EMBEDDED.into())
}

/// A held lease. Give it back with `release`; one that is merely dropped stays in the
/// journal and is ended at the next connection.
#[derive(Debug)]
pub struct Lease {
    request: LeaseRequest,
    files: Files,
    hold: File,
}

impl Lease {
    /// Defines the secret in libvirt for an operation and sets its value, or joins those who
    /// hold it already. The passphrase goes over this very driver, so it is what is asked
    /// whether that is secure. Blocks.
    ///
    /// # Errors
    /// [`Error::Secret`], [`Error::Connection`] and, for the embedded driver,
    /// [`Error::Unsupported`] before anything is done; [`Error::Secret`] if another user's or machine's Oriel holds the secret or
    /// a lock can't be had in time, [`Error::Libvirt`], [`Error::Io`] for the journal.
    pub(crate) fn acquire(
        driver: &Driver,
        request: LeaseRequest,
        passphrase: &Passphrase,
    ) -> Result<Self> {
        if driver.has_own_secrets() {
            return Err(no_secrets_when_embedded());
        }
        trust::check_secure(driver)?;
        // The connection may have come back since the host was looked at, and lead elsewhere.
        if *driver.identity()? != request.identity {
            return Err(Error::Connection(ConnectionError::OtherHost {
                uri: driver.uri.clone(),
            }));
        }
        let own = key_of(&request.host);
        let deadline = Instant::now() + LOCK_WAIT;
        loop {
            let gate = enter_gate(request.secret, deadline)?;
            let theirs = match lookup(driver, request.secret)? {
                None => None,
                Some(found) => Some(lease_key(driver, &found)?.ok_or_else(|| {
                    Error::Secret(SecretError::Taken(Taken::BySomebody(request.secret)))
                })?),
            };
            let there = theirs.is_some();
            let files = Files::of(theirs.unwrap_or_else(|| own.clone()), request.secret)?;
            let hold = open_lock(&files.hold)?;
            match hold.try_lock() {
                Ok(()) => {
                    // Nobody alive holds it; what libvirt still has of ours is a dead lease.
                    if there {
                        undefine_ours(driver, &files)?;
                    }
                    if files.key != own {
                        files.remove()?;
                        continue;
                    }
                    if let Err(error) = define(driver, &request, &files, passphrase) {
                        // Of a lost connection nothing is known: the journal keeps it.
                        if !matches!(error, Error::Connection(ConnectionError::Lost { .. })) {
                            files.remove()?;
                        }
                        return Err(error);
                    }
                    if !request.exclusive {
                        hold.unlock()
                            .map_err(Error::io(error::file::UNLOCK, &files.hold))?;
                        hold.lock_shared()
                            .map_err(Error::io(error::file::LOCK, &files.hold))?;
                    }
                }
                Err(TryLockError::WouldBlock) if request.exclusive => {
                    drop(gate);
                    wait_or_fail(deadline, Taken::ByStart)?;
                    continue;
                }
                Err(TryLockError::WouldBlock) => match hold.try_lock_shared() {
                    // A daemon that was restarted has forgotten it: then define it again.
                    Ok(()) if !there => define(driver, &request, &files, passphrase)?,
                    Ok(()) => {}
                    Err(TryLockError::WouldBlock) => {
                        drop(gate);
                        wait_or_fail(deadline, Taken::ByTry)?;
                        continue;
                    }
                    Err(TryLockError::Error(error)) => {
                        return Err(Error::io(error::file::LOCK, &files.hold)(error));
                    }
                },
                Err(TryLockError::Error(error)) => {
                    return Err(Error::io(error::file::LOCK, &files.hold)(error));
                }
            }
            drop(gate);
            tracing::debug!(secret = %request.secret, joined = there, "took a lease");
            return Ok(Self {
                request,
                files,
                hold,
            });
        }
    }

    /// Gives the lease back; the last one out undefines the secret. Blocks.
    ///
    /// # Errors
    /// [`Error::Libvirt`] or [`Error::Connection`] if the secret could not be undefined: the
    /// journal keeps it then, and the next connection ends it.
    pub(crate) fn release(self, driver: &Driver) -> Result<()> {
        let gate = enter_gate(self.request.secret, Instant::now() + LOCK_WAIT)?;
        let held = &self.hold;
        held.unlock()
            .map_err(Error::io(error::file::UNLOCK, &self.files.hold))?;
        let result = match held.try_lock() {
            Ok(()) => {
                job::fault::point("before-undefine");
                undefine_ours(driver, &self.files).and_then(|_| self.files.remove())
            }
            Err(_) => Ok(()),
        };
        drop(gate);
        tracing::debug!(secret = %self.request.secret, ended = result.is_ok(), "gave a lease back");
        result
    }

    /// The secret's UUID.
    pub fn secret(&self) -> Uuid {
        self.request.secret
    }
}

/// Ends the leases of this person that nobody alive holds on this host. Gives how many there
/// were. Blocks.
///
/// # Errors
/// [`Error::Libvirt`] if libvirt's list can't be read; [`Error::Io`] for the journal.
pub(crate) fn end_dead(driver: &Driver) -> Result<usize> {
    let mut ended = 0;
    let host = &driver.canonical;
    let own = key_of(host);
    let mut all = our_secrets(driver)?;
    let recorded = records()?.into_iter().filter(|record| record.host == *host);
    all.extend(recorded.map(|record| (record.secret, own.clone())));
    all.sort_unstable();
    all.dedup();
    for (secret, key) in all {
        let files = Files::of(key, secret)?;
        let _gate = enter_gate(secret, Instant::now() + LOCK_WAIT)?;
        let hold = open_lock(&files.hold)?;
        if hold.try_lock().is_err() {
            continue;
        }
        if undefine_ours(driver, &files)? {
            ended += 1;
        }
        files.remove()?;
    }
    Ok(ended)
}

/// The journal's leases that nobody alive holds, on all hosts.
///
/// # Errors
/// [`Error::Io`] if the journal can't be read.
pub fn dead_records() -> Result<Vec<LeaseRecord>> {
    let mut dead = Vec::new();
    for record in records()? {
        let files = Files::of(key_of(&record.host), record.secret)?;
        let alive = File::open(&files.hold).is_ok_and(|hold| hold.try_lock().is_err());
        if !alive {
            dead.push(record);
        }
    }
    Ok(dead)
}

/// Whether a secret that libvirt has is a lease of Oriel's, anybody's.
///
/// # Errors
/// [`Error::Libvirt`] if libvirt can't be asked.
pub(crate) fn is_lease(driver: &Driver, secret: &Secret) -> Result<bool> {
    Ok(description(driver, secret)?.is_some_and(|text| text.starts_with(MARKER)))
}

fn lookup(driver: &Driver, secret: Uuid) -> Result<Option<Secret>> {
    driver
        .secret(secret)
        .map_err(|failure| failed(driver, doing::FIND_SECRET, failure))
}

/// Of a secret it is the host that counts, whatever way leads there.
fn failed(driver: &Driver, doing: &'static Text, failure: Failure) -> Error {
    Error::libvirt(&driver.canonical, doing, failure)
}

/// Writes the journal, defines the secret and sets its value.
fn define(
    driver: &Driver,
    request: &LeaseRequest,
    files: &Files,
    passphrase: &Passphrase,
) -> Result<()> {
    files.record(request)?;
    job::fault::point("lease-journalled");
    let secret = driver
        .define_secret(&document(request, &files.key)?)
        .map_err(|failure| failed(driver, doing::DEFINE_SECRET, failure))?;
    job::fault::point("lease-defined");
    let set = secret
        .set_value(passphrase)
        .map_err(|failure| failed(driver, doing::HAND_OVER, failure));
    if set.is_err() {
        // Without a value it is of no use to anybody.
        let _ = undefine_ours(driver, files);
    }
    set
}

/// The document of a secret that libvirt keeps in memory only and gives to nobody.
fn document(request: &LeaseRequest, key: &str) -> Result<String> {
    let id = request
        .usage_id
        .clone()
        .unwrap_or_else(|| format!("oriel/{}", request.secret));
    let element = match request.usage {
        SecretUsageType::Volume => "volume",
        SecretUsageType::Iscsi => "target",
        SecretUsageType::Vtpm | SecretUsageType::Ceph | SecretUsageType::Tls => "name",
    };
    Ok(format!(
        "<secret ephemeral='yes' private='yes'>\
         <uuid>{uuid}</uuid>\
         <description>{MARKER} of {owner} by {key} for {domain}; gone when the operation ends</description>\
         <usage type='{kind}'><{element}>{id}</{element}></usage>\
         </secret>",
        uuid = request.secret,
        owner = owner()?,
        domain = escape_text(&request.domain)?,
        kind = request.usage.as_str(),
        id = escape_text(&id)?,
    ))
}

/// Undefines the secret if it is the lease that goes by these files. Gives whether it was there.
fn undefine_ours(driver: &Driver, files: &Files) -> Result<bool> {
    let Some(found) = lookup(driver, files.secret)? else {
        return Ok(false);
    };
    if lease_key(driver, &found)?.as_ref() != Some(&files.key) {
        return Ok(false);
    }
    found
        .undefine()
        .map_err(|failure| failed(driver, doing::UNDEFINE_SECRET, failure))
}

/// This person's leases that libvirt has, each with the HOST that it goes by.
fn our_secrets(driver: &Driver) -> Result<Vec<(Uuid, String)>> {
    let all = driver
        .ephemeral_secrets()
        .map_err(|failure| failed(driver, doing::LIST_SECRETS, failure))?;
    let mut mine = Vec::new();
    for secret in all {
        if let Some(key) = lease_key(driver, &secret)? {
            let uuid = secret
                .uuid()
                .map_err(|failure| failed(driver, doing::READ_SECRET, failure))?;
            mine.push((uuid, key));
        }
    }
    Ok(mine)
}

/// The HOST that a lease of this person's goes by; `None` for any other secret.
fn lease_key(driver: &Driver, secret: &Secret) -> Result<Option<String>> {
    let marker = format!("{MARKER} of {} by ", owner()?);
    Ok(description(driver, secret)?.and_then(|text| {
        let (key, _) = text.strip_prefix(&marker)?.split_once(' ')?;
        // It becomes a file's name.
        Uuid::try_parse(key).ok()?;
        Some(key.to_owned())
    }))
}

fn description(driver: &Driver, secret: &Secret) -> Result<Option<String>> {
    let document = secret
        .document()
        .map_err(|failure| failed(driver, doing::READ_SECRET, failure))?;
    Ok(document.and_then(|xml| xml::child_text(xml.as_bytes(), &["description"])))
}

/// A random name for this person's Oriel, so that a lease is recognised without its journal.
fn owner() -> Result<String> {
    let path = paths::state_subdir("leases")?.join("owner");
    if let Ok(text) = fs::read_to_string(&path)
        && let Ok(id) = Uuid::try_parse(text.trim())
    {
        return Ok(id.to_string());
    }
    let id = Uuid::new_v4();
    // Without a dot: what is written atomically goes by a name with another extension first, and
    // that must be this process's own as well.
    let temporary = path.with_file_name(format!("owner-{id}"));
    paths::write_atomically(&temporary, id.to_string().as_bytes())?;
    // Two processes may both be the first: a link fails where the other was quicker.
    let _ = fs::hard_link(&temporary, &path);
    let _ = fs::remove_file(&temporary);
    let text = fs::read_to_string(&path).map_err(Error::io(error::file::READ, &path))?;
    Ok(text.trim().to_owned())
}

fn records() -> Result<Vec<LeaseRecord>> {
    let folder = paths::state_subdir("leases")?;
    let entries = fs::read_dir(&folder).map_err(Error::io(error::file::READ, &folder))?;
    Ok(entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|e| e == "json"))
        .filter_map(|entry| serde_json::from_slice(&fs::read(entry.path()).ok()?).ok())
        .collect())
}

/// What stands for a host in the names of files.
fn key_of(host: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, host.as_bytes())
        .simple()
        .to_string()
}

/// Waits for the moment in which nobody else takes or gives back a lease on this secret, on
/// whatever host.
fn enter_gate(secret: Uuid, deadline: Instant) -> Result<File> {
    let number = secret.as_bytes()[0] >> 4;
    let path = paths::state_subdir("leases")?.join(format!("gate-{number:x}.lock"));
    let gate = open_lock(&path)?;
    loop {
        match gate.try_lock() {
            Ok(()) => return Ok(gate),
            Err(TryLockError::WouldBlock) => {
                wait_or_fail(deadline, Taken::ByOther)?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(Error::io(error::file::LOCK, &path)(error));
            }
        }
    }
}

#[derive(Debug)]
struct Files {
    secret: Uuid,
    key: String,
    hold: PathBuf,
    record: PathBuf,
}

impl Files {
    fn of(key: String, secret: Uuid) -> Result<Self> {
        let folder = paths::state_subdir("leases")?;
        Ok(Self {
            secret,
            hold: folder.join(format!("{key}-{secret}.hold")),
            record: folder.join(format!("{key}-{secret}.json")),
            key,
        })
    }

    fn record(&self, request: &LeaseRequest) -> Result<()> {
        let record = LeaseRecord {
            host: request.host.clone(),
            secret: request.secret,
            domain: request.domain.clone(),
            pid: std::process::id(),
        };
        let text = serde_json::to_vec_pretty(&record)
            .map_err(|error| Error::Internal(error.to_string()))?;
        paths::write_atomically(&self.record, &text)
    }

    /// Takes the journal's entry and the hold away. Only under the gate.
    fn remove(&self) -> Result<()> {
        for path in [&self.record, &self.hold] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::io(error::file::REMOVE, path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn open_lock(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .map_err(Error::io(error::file::OPEN, path))
}

fn wait_or_fail(deadline: Instant, who: Taken) -> Result<()> {
    if Instant::now() >= deadline {
        return Err(Error::Secret(SecretError::Taken(who)));
    }
    std::thread::sleep(LOCK_RETRY);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::agent::Agent;

    #[test]
    fn no_lease_is_taken_over_handles_that_are_not_secure() {
        let mut driver =
            crate::driver::open::open("test:///default", &Agent::default()).expect("a driver");
        driver.uri = "qemu+tls://host/system?no_verify=1".into();
        let request = LeaseRequest {
            host: driver.canonical.clone(),
            identity: driver.identity().expect("an identity").clone(),
            secret: Uuid::nil(),
            usage: SecretUsageType::Volume,
            usage_id: None,
            domain: "web".into(),
            exclusive: false,
        };
        let passphrase = Passphrase::from_vec(b"a passphrase".to_vec()).expect("a passphrase");
        let refused = Lease::acquire(&driver, request, &passphrase).map(|_| ());
        assert!(
            matches!(
                refused,
                Err(Error::Secret(SecretError::InsecureConnection { .. }))
            ),
            "{refused:?}"
        );
    }

    #[test]
    fn no_lease_is_taken_on_another_host_than_was_looked_at() {
        let driver =
            crate::driver::open::open("test:///default", &Agent::default()).expect("a driver");
        let request = LeaseRequest {
            host: driver.canonical.clone(),
            identity: HostIdentity::Remote {
                address: "ssh://me@lab:22".into(),
                driver: "test:///default".into(),
                uuid: Uuid::nil(),
            },
            secret: Uuid::nil(),
            usage: SecretUsageType::Volume,
            usage_id: None,
            domain: "web".into(),
            exclusive: false,
        };
        let passphrase = Passphrase::from_vec(b"a passphrase".to_vec()).expect("a passphrase");
        let refused = Lease::acquire(&driver, request, &passphrase).map(|_| ());
        assert!(
            matches!(
                refused,
                Err(Error::Connection(ConnectionError::OtherHost { .. }))
            ),
            "{refused:?}"
        );
    }
}
