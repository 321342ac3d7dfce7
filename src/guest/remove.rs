// SPDX-License-Identifier: GPL-3.0-or-later
//! Undefine a guest, and delete it with its storage.
//!
//! A volume goes only if nothing else uses it, and a passphrase only if the person asks for that
//! by name (a copy in a backup still needs it) and every image that it opens went in the same
//! call. What can't be looked into may use anything.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::lifecycle;
use crate::connection::{Class, Connection};
use crate::driver::{Beside, Domain, Driver, Volume, Which};
use crate::message::Message;
use crate::model::doing;
use crate::model::error::{Error, GuestError, Result, Still, request, storage, waits};
use crate::model::guest::{DomainState, Guest};
use crate::secret::keyring::Keyring;
use crate::storage::definitions;
use crate::storage::usage::{Except, Survey};
use crate::xml::DomainSummary;
use crate::xml::summary::{DiskSource, SecretName};

/// How long the inventory may take to show that a guest is gone.
const GONE_WAIT: Duration = Duration::from_secs(20);

/// What a deletion did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeleteReport {
    /// Paths of the volumes that are gone.
    pub deleted: Vec<String>,
    /// Paths that stay, each with the reason.
    pub kept: Vec<(String, Message)>,
    /// Whether firmware variables (UEFI) went with the definition.
    pub firmware_variables_deleted: bool,
    /// Whether the state of a virtual TPM went with the definition.
    pub tpm_state_deleted: bool,
    /// Secrets whose passphrases the keyring still holds, if it held them.
    pub keys_kept: Vec<Uuid>,
    /// Secrets whose passphrases were to be forgotten and stay, since an image that stays needs
    /// them or may.
    pub keys_needed: Vec<Uuid>,
    /// Secrets whose passphrases were to be forgotten and stay, since another guest names them
    /// as well, or one can't be read and so may.
    pub keys_in_use: Vec<Uuid>,
    /// Secrets whose passphrases were removed from the keyring.
    pub keys_removed: Vec<Uuid>,
}

/// Undefines a guest that is off. Its disks, its passphrase, its firmware variables and the state
/// of its virtual TPM stay.
///
/// # Errors
/// [`Error::Guest`] when it is not off, [`Error::Unsupported`] where libvirt would delete
/// something with it, [`Error::Libvirt`].
pub async fn undefine(connection: &Connection, guest: &Guest) -> Result<()> {
    let doing = doing::UNDEFINE.named(&guest.name);
    require_off(guest, &doing)?;
    let _claim = connection.calls().claim(guest.uuid, &guest.name, &doing)?;
    let (uuid, what) = (guest.uuid, doing.clone());
    connection
        .calls()
        .run(Class::Lifecycle, &doing, move |driver| {
            let domain = driver.domain(uuid)?;
            refuse_running(driver, &domain, &what)?;
            undefine_now(driver, &domain, Beside::Stays)
        })
        .await?;
    gone(connection, guest).await
}

/// Deletes a guest that is off, with its firmware variables and the state of its virtual TPM; with
/// `storage` also its disks; with `forget_key` also the passphrases of disks that are proven gone,
/// unless something that stays needs the same.
///
/// # Errors
/// [`Error::Guest`] when it is not off; [`Error::Storage`], [`Error::Storage`] and,
/// with `forget_key`, [`Error::Secret`] where there is no keyring, before anything is touched;
/// [`Error::Libvirt`].
pub async fn delete(
    connection: &Connection,
    guest: &Guest,
    storage: bool,
    forget_key: bool,
) -> Result<DeleteReport> {
    let doing = doing::DELETE.named(&guest.name);
    require_off(guest, &doing)?;
    let _claim = connection.calls().claim(guest.uuid, &guest.name, &doing)?;
    let keyring = if storage && forget_key {
        let keyring = Keyring::open().await?;
        keyring.unlock_existing().await?;
        Some(keyring)
    } else {
        None
    };
    let (uuid, what) = (guest.uuid, doing.clone());
    let (mut report, free) = connection
        .calls()
        .run(Class::Long, &doing, move |driver| {
            delete_now(driver, uuid, storage, &what)
        })
        .await?;
    gone(connection, guest).await?;
    if let Some(keyring) = keyring {
        let keys = std::mem::take(&mut report.keys_kept);
        report.keys_needed = keys
            .iter()
            .filter(|key| !free.contains(key))
            .copied()
            .collect();
        let (in_use, host) = connection
            .calls()
            .run(Class::Ordinary, &doing, |driver| {
                Ok((keys_in_use(driver, free)?, driver.identity()?.clone()))
            })
            .await?;
        for (secret, used) in in_use {
            // What another host may have is not ours to forget: a guest there needs it.
            let elsewhere = match keyring.notes_of(secret).await {
                Ok(notes) => !notes.iter().all(|note| note.is_only_for(&host)),
                Err(_) => true,
            };
            if used || elsewhere {
                report.keys_in_use.push(secret);
                continue;
            }
            match keyring.delete(secret).await {
                Ok(true) => report.keys_removed.push(secret),
                Ok(false) => {}
                // The disks are gone already: what is left to say is that the key is not.
                Err(error) => {
                    tracing::warn!(%error, %secret, "a passphrase stays in the keyring");
                    report.keys_kept.push(secret);
                }
            }
        }
    }
    Ok(report)
}

/// A guest whose state is not known may run.
fn require_off(guest: &Guest, doing: &Message) -> Result<()> {
    lifecycle::require(guest, doing, |state| {
        !state.is_active() && state != DomainState::Unknown
    })
}

/// The inventory may be behind: libvirt is asked once more.
fn refuse_running(driver: &Driver, domain: &Domain, doing: &Message) -> Result<()> {
    let active = domain
        .is_active()
        .map_err(|failure| driver.failed(doing::READ_STATE, failure))?;
    if !active {
        return Ok(());
    }
    Err(Error::Guest(GuestError::WrongState {
        doing: doing.clone(),
        name: domain.name(),
        state: DomainState::Running,
    }))
}

/// Deletes, and gives the secrets that no image which stays needs.
fn delete_now(
    driver: &Driver,
    uuid: Uuid,
    storage: bool,
    doing: &Message,
) -> Result<(DeleteReport, Vec<Uuid>)> {
    let domain = driver.domain(uuid)?;
    refuse_running(driver, &domain, doing)?;
    let read = |error| driver.failed(doing::READ_GUEST, error);
    let documents = definitions::documents_of(&domain).map_err(read)?;
    let summaries = documents.summaries()?;
    let mut report = DeleteReport {
        keys_kept: keys_of(&summaries),
        ..DeleteReport::default()
    };
    let mut doomed = Doomed::default();
    if storage {
        doomed = Doomed::find(driver, uuid, &summaries, &mut report)?;
    }
    undefine_now(driver, &domain, Beside::Goes)?;
    report.firmware_variables_deleted = summaries
        .iter()
        .any(|summary| summary.firmware_variables.is_some());
    report.tpm_state_deleted = summaries.iter().any(|summary| summary.has_tpm_state);
    for (path, volume) in doomed.volumes {
        let deleted = volume.delete();
        let left = driver.site.is_local && std::path::Path::new(&path).exists();
        match deleted {
            Ok(()) if !left => report.deleted.push(path),
            Ok(()) => report.kept.push((path, storage::LEFT_BY_LIBVIRT.into())),
            Err(error) => report
                .kept
                .push((path, storage::LIBVIRT_SAYS.with("words", error.to_string()))),
        }
    }
    let whole = report.kept.is_empty();
    let free = report
        .keys_kept
        .iter()
        .filter(|key| storage && whole && !doomed.needed.contains(key) && !doomed.any_may_be_needed)
        .copied()
        .collect();
    Ok((report, free))
}

/// What a deletion takes, and which keys what it leaves needs.
#[derive(Default)]
struct Doomed {
    volumes: Vec<(String, Volume)>,
    needed: BTreeSet<Uuid>,
    /// An encrypted image stays, and nothing says which secret opens it.
    any_may_be_needed: bool,
}

impl Doomed {
    /// Finds the volumes of a guest's disks, and refuses if anything else uses one of them.
    fn find(
        driver: &Driver,
        uuid: Uuid,
        summaries: &[DomainSummary],
        report: &mut DeleteReport,
    ) -> Result<Self> {
        let Some(current) = summaries.first() else {
            return Ok(Self::default());
        };
        let user = storage::GUEST.named(&current.name);
        let mut own = Vec::new();
        for (source, _) in current
            .disks
            .iter()
            .filter(|it| it.holds_data())
            .filter_map(|disk| Some((disk.source.as_ref()?, disk)))
        {
            match definitions::path_of(driver, source, &user)? {
                Some(path) => own.push(path),
                None => report
                    .kept
                    .push((source_text(source), storage::NO_FILE_HERE.into())),
            }
        }
        let survey = Survey::make(
            driver,
            &Except {
                guest: Some(uuid),
                volumes: &own,
            },
        )?;
        let mut doomed = Self::default();
        for path in own {
            let known = survey.volume_at(&path).map(str::to_owned);
            let Some(volume) = volume_at(driver, known.as_deref().unwrap_or(&path))? else {
                report.kept.push((path, storage::IN_NO_POOL_HERE.into()));
                continue;
            };
            survey.refuse_used(&path)?;
            let twice = |(other, _): &(String, Volume)| survey.surely_same(other, &path);
            if !doomed.volumes.iter().any(twice) {
                doomed.volumes.push((path, volume));
            }
        }
        doomed.find_needed(driver, &survey, summaries, &user)?;
        Ok(doomed)
    }

    /// Finds which keys open images that stay: bases, disks that are only read, what snapshots
    /// keep, logins.
    fn find_needed(
        &mut self,
        driver: &Driver,
        survey: &Survey,
        summaries: &[DomainSummary],
        user: &Message,
    ) -> Result<()> {
        let goes = |path: &str| {
            self.volumes
                .iter()
                .any(|(other, _)| survey.surely_same(other, path))
        };
        let mut needed = BTreeSet::new();
        let mut images = Vec::new();
        for (source, format, secrets) in
            summaries.iter().flat_map(DomainSummary::images_and_secrets)
        {
            let path = definitions::path_of(driver, source, user)?;
            if path.as_deref().is_none_or(|path| !goes(path)) {
                needed.extend(uuids(secrets));
            }
            images.extend(path.map(|path| (path, format, secrets)));
        }
        // An image whose secret the document does not tell may need any of them.
        let told = |path: &str| {
            let mut with_secrets = images.iter().filter(|(_, _, secrets)| !secrets.is_empty());
            with_secrets.any(|(other, _, _)| survey.surely_same(other, path))
        };
        let mut any = false;
        for (path, format, _) in &images {
            // What can't be looked into may need any of them; nothing is deleted by that.
            let Ok(links) = survey.chain(path, *format) else {
                any = true;
                continue;
            };
            for link in links {
                any |= link.encrypted != Some(false) && !goes(&link.path) && !told(&link.path);
            }
        }
        for summary in summaries {
            // Logins and the like belong to no image of this host. A TPM's state goes.
            let others = summary.secrets.iter().filter(|reference| {
                reference.place != "TPM"
                    && !summary
                        .images_and_secrets()
                        .any(|(_, _, secrets)| secrets.contains(&reference.by))
            });
            needed.extend(others.filter_map(|reference| uuid_of(&reference.by)));
        }
        self.needed = needed;
        self.any_may_be_needed = any;
        Ok(())
    }
}

fn uuid_of(name: &SecretName) -> Option<Uuid> {
    match name {
        SecretName::Uuid(uuid) => Some(*uuid),
        SecretName::Usage(_) => None,
    }
}

fn uuids(names: &[SecretName]) -> impl Iterator<Item = Uuid> {
    names.iter().filter_map(uuid_of)
}

fn keys_of(summaries: &[DomainSummary]) -> Vec<Uuid> {
    let keys: BTreeSet<Uuid> = summaries
        .iter()
        .flat_map(|summary| &summary.secrets)
        .filter_map(|reference| uuid_of(&reference.by))
        .collect();
    keys.into_iter().collect()
}

/// Which of these keys the guests that are left name as well. One that can't be read may name any.
fn keys_in_use(driver: &Driver, keys: Vec<Uuid>) -> Result<Vec<(Uuid, bool)>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let domains = driver
        .domains()
        .map_err(|failure| driver.failed(doing::FIND_USERS, failure))?;
    let mut named = BTreeSet::new();
    let mut unknown = false;
    for domain in domains {
        match definitions::documents_of(&domain) {
            Ok(documents) => match documents.summaries() {
                Ok(summaries) => named.extend(keys_of(&summaries)),
                Err(_) => unknown = true,
            },
            Err(failure) => unknown |= !failure.is_no_guest(),
        }
    }
    Ok(keys
        .into_iter()
        .map(|key| (key, unknown || named.contains(&key)))
        .collect())
}

/// Where a disk lies, in words.
fn source_text(source: &DiskSource) -> String {
    match source {
        DiskSource::File(path) | DiskSource::Block(path) | DiskSource::Directory(path) => {
            path.clone()
        }
        DiskSource::Volume { pool, volume } => format!("{volume} in the pool {pool}"),
        DiskSource::Network { protocol, name } => format!("{protocol} image {name}"),
        DiskSource::Other(kind) => format!("a disk of the kind {kind}"),
    }
}

fn volume_at(driver: &Driver, path: &str) -> Result<Option<Volume>> {
    match driver.volume_at(path) {
        Err(failure) if failure.is_unsupported() => Ok(None),
        found => found.map_err(|failure| driver.failed(doing::FIND_DISK, failure)),
    }
}

fn undefine_now(driver: &Driver, domain: &Domain, beside: Beside) -> Result<()> {
    let failed = |failure| driver.failed(doing::UNDEFINE_GUEST, failure);
    match domain.undefine(beside) {
        Err(failure) if failure.is_unknown() => {}
        done => return done.map_err(failed),
    }
    // Drivers other than QEMU's refuse the flags, and so does a libvirt that is too old for them.
    let document = domain
        .document(Which::NextStart)
        .map_err(|failure| driver.failed(doing::READ_GUEST, failure))?;
    let summary = DomainSummary::parse(document.as_bytes())?;
    if beside == Beside::Stays && (summary.has_tpm_state || summary.firmware_variables.is_some()) {
        return Err(Error::Unsupported(request::UNDEFINE_VARIABLES.into()));
    }
    domain.undefine_plainly().map_err(failed)
}

async fn gone(connection: &Connection, guest: &Guest) -> Result<()> {
    connection
        .wait_until(guest.uuid, GONE_WAIT, |now| now.is_none())
        .await
        .map_err(|_| {
            Error::Guest(GuestError::StateNotReached {
                name: guest.name.clone(),
                still: Still::Defined,
                seconds: GONE_WAIT.as_secs(),
                why: &waits::TO_GO,
            })
        })
}
