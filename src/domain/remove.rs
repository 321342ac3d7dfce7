// SPDX-License-Identifier: GPL-3.0-or-later
//! Undefine a guest, and delete it with its storage.
//!
//! A volume goes only if nothing else uses it, and a passphrase only if the person asks for that
//! by name: a copy in a backup still needs it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;
use virt::storage_vol::StorageVol;
use virt::sys;

use super::guest::Guest;
use super::lifecycle;
use crate::connection::{Class, Connection, Handles};
use crate::error::{Error, Result};
use crate::secret::keyring::Keyring;
use crate::xml::DomainSummary;
use crate::xml::summary::{DiskSource, DiskSummary, SecretName};

/// How long the inventory may take to show that a guest is gone.
const GONE_WAIT: Duration = Duration::from_secs(20);

/// What a deletion did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeleteReport {
    /// Paths of the volumes that are gone.
    pub deleted: Vec<String>,
    /// Paths that stay, each with the reason.
    pub kept: Vec<(String, String)>,
    /// Secrets whose passphrases the keyring still holds, if it held them.
    pub keys_kept: Vec<Uuid>,
    /// Secrets whose passphrases were to be forgotten and stay, since another guest names them
    /// as well, or one can't be read and so may.
    pub keys_in_use: Vec<Uuid>,
    /// Secrets whose passphrases were removed from the keyring.
    pub keys_removed: Vec<Uuid>,
}

/// Undefines a guest that is off. Its disks and its passphrase stay.
///
/// # Errors
/// [`Error::WrongState`] when it is not off, [`Error::Libvirt`].
pub async fn undefine(connection: &Connection, guest: &Guest) -> Result<()> {
    let doing = format!("undefine “{}”", guest.name);
    lifecycle::require(guest, &doing, |state| !state.is_active())?;
    let _claim = connection.calls().claim(guest.uuid, &guest.name, &doing)?;
    let uuid = guest.uuid;
    connection
        .calls()
        .run(Class::Lifecycle, &doing, move |handles| {
            undefine_now(handles, uuid)
        })
        .await?;
    gone(connection, guest).await
}

/// Deletes a guest that is off and, with `storage`, its disks; with `forget_key` also the
/// passphrases of disks that are proven gone, unless another guest uses the same.
///
/// # Errors
/// [`Error::WrongState`] when it is not off; [`Error::VolumeInUse`] and, with `forget_key`,
/// [`Error::Keyring`] where there is no keyring, before anything is touched; [`Error::Libvirt`].
pub async fn delete(
    connection: &Connection,
    guest: &Guest,
    storage: bool,
    forget_key: bool,
) -> Result<DeleteReport> {
    let doing = format!("delete “{}”", guest.name);
    lifecycle::require(guest, &doing, |state| !state.is_active())?;
    let _claim = connection.calls().claim(guest.uuid, &guest.name, &doing)?;
    let keyring = if storage && forget_key {
        Some(Keyring::open().await?)
    } else {
        None
    };
    let uuid = guest.uuid;
    let mut report = connection
        .calls()
        .run(Class::Long, &doing, move |handles| {
            delete_now(handles, uuid, storage)
        })
        .await?;
    gone(connection, guest).await?;
    if let Some(keyring) = keyring
        && report.kept.is_empty()
    {
        let keys = std::mem::take(&mut report.keys_kept);
        let in_use = connection
            .calls()
            .run(Class::Ordinary, &doing, |handles| {
                keys_in_use(handles, keys)
            })
            .await?;
        for (secret, used) in in_use {
            if used {
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

fn delete_now(handles: &Handles, uuid: Uuid, storage: bool) -> Result<DeleteReport> {
    let domain = handles.domain(uuid)?;
    let xml = domain
        .xml_desc(sys::VIR_DOMAIN_XML_INACTIVE)
        .map_err(|error| handles.failed("read the virtual machine", error.into()))?;
    let summary = DomainSummary::parse(xml.as_bytes())?;
    let mut report = DeleteReport {
        keys_kept: keys_of(&summary),
        ..DeleteReport::default()
    };
    let mut volumes = Vec::new();
    if storage {
        for disk in summary.disks.iter().filter(|disk| disk.holds_data()) {
            match volume_of(handles, disk) {
                Some((path, volume)) => {
                    check_unused(handles, uuid, &path)?;
                    volumes.push((path, volume));
                }
                None => report.kept.push((
                    disk.source.as_ref().map(source_text).unwrap_or_default(),
                    "it is in no storage pool of this connection".into(),
                )),
            }
        }
    }
    undefine_now(handles, uuid)?;
    for (path, volume) in volumes {
        match volume.delete(0) {
            Ok(()) => report.deleted.push(path),
            Err(error) => report
                .kept
                .push((path, libvirt_ext::Error::from(error).to_string())),
        }
    }
    Ok(report)
}

fn keys_of(summary: &DomainSummary) -> Vec<Uuid> {
    let keys: BTreeSet<Uuid> = summary
        .secrets
        .iter()
        .filter_map(|reference| match reference.by {
            SecretName::Uuid(uuid) => Some(uuid),
            SecretName::Usage(_) => None,
        })
        .collect();
    keys.into_iter().collect()
}

/// Which of these keys the guests that are left name as well. One that can't be read may name any.
fn keys_in_use(handles: &Handles, keys: Vec<Uuid>) -> Result<Vec<(Uuid, bool)>> {
    let domains = handles
        .main
        .list_all_domains(0)
        .map_err(|error| handles.failed("look for other users of the passphrase", error.into()))?;
    let mut named = BTreeSet::new();
    let mut unknown = false;
    for domain in domains {
        for flags in [sys::VIR_DOMAIN_XML_INACTIVE, 0] {
            match domain
                .xml_desc(flags)
                .ok()
                .and_then(|xml| DomainSummary::parse(xml.as_bytes()).ok())
            {
                Some(summary) => named.extend(keys_of(&summary)),
                None => unknown = true,
            }
        }
    }
    Ok(keys
        .into_iter()
        .map(|key| (key, unknown || named.contains(&key)))
        .collect())
}

/// Whether a guest's disk, or an image below it, lies at that path.
fn uses_path(disk: &DiskSummary, path: &str) -> bool {
    let is_it = |source: &DiskSource| matches!(source, DiskSource::File(used) | DiskSource::Block(used) if used == path);
    disk.source.iter().any(is_it)
        || disk
            .backing
            .iter()
            .filter_map(|image| image.source.as_ref())
            .any(is_it)
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

fn volume_of(handles: &Handles, disk: &DiskSummary) -> Option<(String, StorageVol)> {
    let volume = match disk.source.as_ref()? {
        DiskSource::File(path) | DiskSource::Block(path) => {
            handles.main.lookup_storage_vol_by_path(path).ok()?
        }
        DiskSource::Volume { pool, volume } => handles
            .main
            .lookup_storage_pool_by_name(pool)
            .ok()?
            .lookup_storage_vol_by_name(volume)
            .ok()?,
        _ => return None,
    };
    Some((volume.path().ok()?, volume))
}

/// Refuses a volume that another guest or another volume's backing chain uses.
fn check_unused(handles: &Handles, uuid: Uuid, path: &str) -> Result<()> {
    let in_use = |user: String| {
        Err(Error::VolumeInUse {
            volume: path.to_owned(),
            user,
        })
    };
    let domains = handles
        .main
        .list_all_domains(0)
        .map_err(|error| handles.failed("look for other users of the disk", error.into()))?;
    for other in domains {
        if other.uuid().is_ok_and(|other| other == uuid) {
            continue;
        }
        for flags in [sys::VIR_DOMAIN_XML_INACTIVE, 0] {
            let Ok(xml) = other.xml_desc(flags) else {
                continue;
            };
            let Ok(summary) = DomainSummary::parse(xml.as_bytes()) else {
                continue;
            };
            let uses = summary.disks.iter().any(|disk| {
                uses_path(disk, path)
                    || volume_of(handles, disk).is_some_and(|(used, _)| used == path)
            });
            if uses {
                return in_use(format!(
                    "the virtual machine “{}”",
                    other.name().unwrap_or_default()
                ));
            }
        }
    }
    let pools = handles
        .main
        .list_all_storage_pools(sys::VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE)
        .map_err(|error| handles.failed("look for other users of the disk", error.into()))?;
    for volume in pools
        .iter()
        .flat_map(|pool| pool.list_all_volumes(0).unwrap_or_default())
    {
        let Ok(xml) = volume.xml_desc(0) else {
            continue;
        };
        let backing = crate::xml::child_text(xml.as_bytes(), &["backingStore", "path"]);
        if backing.as_deref() == Some(path) {
            return in_use(format!(
                "the image {} as its base",
                volume.path().unwrap_or_default()
            ));
        }
    }
    Ok(())
}

fn undefine_now(handles: &Handles, uuid: Uuid) -> Result<()> {
    let domain = handles.domain(uuid)?;
    let flags = sys::VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
        | sys::VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
        | sys::VIR_DOMAIN_UNDEFINE_NVRAM
        | sys::VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA;
    match domain.undefine_flags(flags) {
        Ok(()) => Ok(()),
        // Drivers other than QEMU's refuse the flags.
        Err(error) => {
            let error = libvirt_ext::Error::from(error);
            if error.is_unsupported() || error.is_invalid_argument() {
                domain
                    .undefine()
                    .map_err(|error| handles.failed("undefine the virtual machine", error.into()))
            } else {
                Err(handles.failed("undefine the virtual machine", error))
            }
        }
    }
}

async fn gone(connection: &Connection, guest: &Guest) -> Result<()> {
    connection
        .wait_until(guest.uuid, GONE_WAIT, |now| now.is_none())
        .await
        .map_err(|_| Error::StateNotReached {
            name: guest.name.clone(),
            state: "defined".into(),
            seconds: GONE_WAIT.as_secs(),
            why: "libvirt still lists it".into(),
        })
}
