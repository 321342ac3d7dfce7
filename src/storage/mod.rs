// SPDX-License-Identifier: GPL-3.0-or-later
//! Storage pools and volumes, as far as guests' disks need them.
//!
//! All functions block.

pub(crate) mod definitions;
mod image;
pub(crate) mod usage;

use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use crate::driver::{Driver, Pool, PoolKinds, Volume};
use crate::job::journal;
use crate::model::doing;
use crate::model::error::cause::Cause;
use crate::model::error::failure::Failure;
use crate::model::error::{Error, Result, StorageError, Thing, request};
use crate::retry::{Patience, retry};
use crate::xml::escape_text;

/// The pool that is used, or made, when none is named: every libvirt tool's default.
pub const DEFAULT_POOL: &str = "default";

/// Random hexadecimal digits in the name of a new volume.
const OWN_PART: usize = 10;
/// How patient the making of an encrypted volume is.
const PATIENCE: Patience = Patience {
    tries: 20,
    pause: Duration::from_millis(200),
};

/// A pool that takes a new disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolOffer {
    /// Its name.
    pub name: String,
    /// Where its files are.
    pub folder: PathBuf,
    /// Bytes that are free; `None` if that is not known.
    pub free_bytes: Option<u64>,
    /// Whether it is made along with the guest.
    pub new: bool,
}

/// Where a new volume goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolPlan {
    /// The pool's name.
    pub name: String,
    /// The pool's UUID; one that has to be made gets it.
    pub uuid: Uuid,
    /// The folder of a pool that has to be made; `None` if it is there.
    pub make: Option<PathBuf>,
}

/// Chooses the pool for a new volume: the named one, else `default`, else the first running
/// folder pool, else a `default` that has to be made.
///
/// # Errors
/// [`Error::NotFound`] for a named pool that is not there, [`Error::NotStarted`] for one that is
/// not running, [`Error::Unsupported`] where the connection has no storage.
pub(crate) fn plan_pool(driver: &Driver, wanted: Option<&str>) -> Result<PoolPlan> {
    if let Some(name) = wanted {
        let pool = find_pool(driver, name)?.ok_or_else(|| not_found(driver, name))?;
        check_pool(driver, &pool, name)?;
        return existing(driver, &pool, name);
    }
    if let Some(pool) = find_pool(driver, DEFAULT_POOL)? {
        check_pool(driver, &pool, DEFAULT_POOL)?;
        return existing(driver, &pool, DEFAULT_POOL);
    }
    let others = driver
        .pools(PoolKinds::RunningFolders)
        .map_err(|failure| driver.failed(doing::LIST_POOLS, failure))?;
    let named = |pool| Pool::name(pool).ok().map(|name| (name, pool));
    let mut others: Vec<_> = others.iter().filter_map(named).collect();
    others.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some((name, pool)) = others.first() {
        return existing(driver, pool, name);
    }
    Ok(PoolPlan {
        name: DEFAULT_POOL.into(),
        uuid: Uuid::new_v4(),
        make: Some(default_folder(driver)?),
    })
}

/// The running pools that keep disks as files, the usual one first; where there is none, the one
/// that would be made.
///
/// # Errors
/// [`Error::Unsupported`] where the connection has no storage, [`Error::Libvirt`].
pub(crate) fn offers(driver: &Driver) -> Result<Vec<PoolOffer>> {
    let usual = plan_pool(driver, None);
    let pools = match driver.pools(PoolKinds::RunningFiles) {
        Ok(pools) => pools,
        // The reason is the better told by the search for the usual one.
        Err(error) => {
            usual?;
            return Err(driver.failed(doing::LIST_POOLS, error));
        }
    };
    let mut offers = Vec::with_capacity(pools.len() + 1);
    for pool in &pools {
        let Ok(name) = pool.name() else { continue };
        if usual.as_ref().is_ok_and(|usual| usual.name == name) {
            // Others may have filled it meanwhile. Not the others: one that hangs would be in
            // everybody's way.
            let _ = pool.refresh();
        }
        offers.push(PoolOffer {
            folder: folder_of(driver, pool)?.into(),
            free_bytes: pool.free_bytes().ok(),
            new: false,
            name,
        });
    }
    match usual {
        Ok(PoolPlan {
            name,
            make: Some(folder),
            ..
        }) => offers.insert(
            0,
            PoolOffer {
                name,
                folder,
                free_bytes: None,
                new: true,
            },
        ),
        Ok(usual) => offers.sort_by_key(|one| (one.name != usual.name, one.name.clone())),
        // The usual one does not run: then another has to be chosen.
        Err(error) if offers.is_empty() => return Err(error),
        Err(_) => offers.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    Ok(offers)
}

/// Makes and starts a folder pool.
///
/// # Errors
/// [`Error::Libvirt`]; what was begun is undone.
pub(crate) fn make_pool(driver: &Driver, name: &str, uuid: Uuid, folder: &Path) -> Result<()> {
    let doing = doing::MAKE_POOL.named(name);
    let xml = format!(
        "<pool type='dir'><name>{}</name><uuid>{uuid}</uuid>\
         <target><path>{}</path></target></pool>",
        escape_text(name)?,
        escape_text(&folder.to_string_lossy())?,
    );
    let pool = driver
        .define_pool(&xml)
        .map_err(|error| driver.failed(&doing, error))?;
    if let Err(error) = pool.build_and_start() {
        let _ = pool.undefine();
        return Err(driver.failed(doing, error));
    }
    // A convenience: the pool is there again after a reboot.
    let _ = pool.start_with_host();
    Ok(())
}

/// Takes a pool that a job made away again if it is empty and no other job counts on it.
///
/// # Errors
/// [`Error::Libvirt`].
pub(crate) fn remove_empty_pool(driver: &Driver, uuid: Uuid, job: Uuid) -> Result<()> {
    let Some(pool) = find_pool_by_uuid(driver, uuid)? else {
        return Ok(());
    };
    let others = journal::all()?;
    if others
        .iter()
        .any(|other| other.id != job && other.names_pool(uuid))
    {
        return Ok(());
    }
    let failed = |error: Failure| {
        let name = pool.name().unwrap_or_default();
        driver.failed(doing::REMOVE_POOL.named(name), error)
    };
    if pool.is_active().map_err(failed)? {
        // Files may have come since libvirt last looked.
        pool.refresh().map_err(failed)?;
        if !pool.volumes().map_err(failed)?.is_empty() {
            return Ok(());
        }
        pool.stop().map_err(failed)?;
    }
    // Removes the folder only if it is empty.
    let _ = pool.delete_folder();
    pool.undefine().map_err(failed)
}

/// A name for a volume of that guest that nobody else gives to a volume: by its last part the
/// volume is known as the job's own.
///
/// # Errors
/// [`Error::Libvirt`]; [`Error::Io`] if the journals can't be read.
pub(crate) fn new_volume_name(driver: &Driver, plan: &PoolPlan, domain: &str) -> Result<String> {
    let base = volume_base(domain);
    let journals = journal::all()?;
    let pool = match &plan.make {
        Some(_) => None,
        None => find_pool_by_uuid(driver, plan.uuid)?,
    };
    if let Some(pool) = &pool {
        let _ = pool.refresh();
    }
    for _ in 0..16 {
        let chosen = Uuid::new_v4().simple().to_string();
        let name = format!("{base}-{}.qcow2", &chosen[..OWN_PART]);
        let taken = match &pool {
            Some(pool) => find_volume(driver, pool, &name)?.is_some(),
            None => false,
        };
        if !taken && !journals.iter().any(|other| other.names_volume(&name)) {
            return Ok(name);
        }
    }
    Err(Error::Internal("no free name for the volume".into()))
}

/// A guest's name as the beginning of a volume's name.
///
/// libvirt passes an encrypted volume's name to QEMU as an object id, which must begin with an
/// ASCII letter and consist of letters, digits, "-", "." and "_" (libvirt 11.3 does not check).
fn volume_base(domain: &str) -> String {
    let mut base = String::with_capacity(domain.len() + 3);
    for character in domain.chars() {
        let fits = character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_');
        if fits {
            base.push(character);
        } else if !base.is_empty() && !base.ends_with('-') {
            base.push('-');
        }
    }
    let base = base.trim_end_matches(['-', '.']);
    if base.starts_with(|first: char| first.is_ascii_alphabetic()) {
        base.to_owned()
    } else {
        format!("vm-{base}").trim_end_matches('-').to_owned()
    }
}

/// The path that a volume of that name will have.
///
/// # Errors
/// [`Error::Libvirt`].
pub(crate) fn future_path(driver: &Driver, plan: &PoolPlan, volume: &str) -> Result<String> {
    let folder = if let Some(folder) = &plan.make {
        folder.to_string_lossy().into_owned()
    } else {
        let pool =
            find_pool_by_uuid(driver, plan.uuid)?.ok_or_else(|| not_found(driver, &plan.name))?;
        folder_of(driver, &pool)?
    };
    Ok(format!("{}/{volume}", folder.trim_end_matches('/')))
}

fn folder_of(driver: &Driver, pool: &Pool) -> Result<String> {
    let xml = pool
        .document()
        .map_err(|error| driver.failed(doing::READ_POOL, error))?;
    Ok(crate::xml::child_text(xml.as_bytes(), &["target", "path"]).unwrap_or_default())
}

/// Makes a volume. The host's QEMU may fail to time the encryption ([`is_untimed`]): then
/// nothing is there, and it is tried again. `again` hears the number of the try that comes, and
/// may call it off.
///
/// # Errors
/// [`Error::Libvirt`], or what `again` says.
pub(crate) fn make_volume(
    driver: &Driver,
    plan: &PoolPlan,
    document: &str,
    mut again: impl FnMut(u32) -> Result<()>,
) -> Result<Volume> {
    let pool =
        find_pool_by_uuid(driver, plan.uuid)?.ok_or_else(|| not_found(driver, &plan.name))?;
    retry(
        PATIENCE,
        is_untimed,
        |number, error| {
            tracing::info!(%error, number, "the disk is tried again");
            again(number)
        },
        || {
            pool.make_volume(document)
                .map_err(|error| driver.failed(doing::MAKE_DISK, error))
        },
    )
}

/// Whether QEMU could not measure how long its key derivation takes, which it has to know before
/// it writes anything. QEMU 7.2 does so often on a loaded or virtual machine; it passes. The words
/// are QEMU's own, which nobody translates.
fn is_untimed(error: &Error) -> bool {
    matches!(error, Error::Libvirt { source, .. }
        if Cause::of(&source.to_string()) == Some(Cause::Untimed))
}

/// What became of a volume that was to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deleted {
    /// It was there and is proven gone.
    Gone,
    /// It was not there, which proves nothing: it may have been moved.
    NotFound,
}

/// Deletes a volume that nothing uses, and proves that it is gone. A pool that can't be looked
/// into proves nothing and is an error.
///
/// # Errors
/// [`Error::Storage`], [`Error::Storage`], [`Error::Libvirt`], [`Error::NotFound`] for a
/// pool of another UUID, [`Error::NotStarted`].
pub(crate) fn delete_volume(
    driver: &Driver,
    pool: (&str, Uuid),
    name: &str,
    path: &str,
) -> Result<Deleted> {
    let doing = doing::DELETE_DISK.named(name);
    let found = find_pool_by_uuid(driver, pool.1)?.ok_or_else(|| not_found(driver, pool.0))?;
    check_pool(driver, &found, pool.0)?;
    let failed = |error: Failure| driver.failed(&doing, error);
    found.refresh().map_err(failed)?;
    let Some(volume) = find_volume(driver, &found, name)? else {
        return Ok(Deleted::NotFound);
    };
    let there = volume.path().map_err(failed)?;
    usage::Survey::make(driver, &usage::Except::default())?.refuse_used(&there)?;
    volume.delete().map_err(failed)?;
    prove_gone(driver, &found, name, path)?;
    Ok(Deleted::Gone)
}

/// Looks whether a volume is really gone.
///
/// # Errors
/// [`Error::Busy`] if it is not.
fn prove_gone(driver: &Driver, pool: &Pool, name: &str, path: &str) -> Result<()> {
    pool.refresh()
        .map_err(|error| driver.failed(doing::PROVE_GONE, error))?;
    let file_left = driver.site.is_local && Path::new(path).exists();
    if find_volume(driver, pool, name)?.is_some() || file_left {
        return Err(Error::Storage(StorageError::StillThere {
            path: path.to_owned(),
        }));
    }
    Ok(())
}

fn find_volume(driver: &Driver, pool: &Pool, name: &str) -> Result<Option<Volume>> {
    pool.volume(name)
        .map_err(|failure| driver.failed(doing::FIND_DISK, failure))
}

fn find_pool(driver: &Driver, name: &str) -> Result<Option<Pool>> {
    driver
        .pool_by_name(name)
        .map_err(|failure| no_pool(driver, failure))
}

fn find_pool_by_uuid(driver: &Driver, uuid: Uuid) -> Result<Option<Pool>> {
    driver
        .pool(uuid)
        .map_err(|failure| no_pool(driver, failure))
}

fn no_pool(driver: &Driver, failure: Failure) -> Error {
    if failure.is_unsupported() {
        return Error::Storage(StorageError::NoStorage);
    }
    driver.failed(doing::FIND_POOL, failure)
}

/// Whether the pool of that name has another UUID, or there is none of that name.
///
/// # Errors
/// [`Error::Libvirt`].
pub(crate) fn is_other_pool(driver: &Driver, name: &str, uuid: Uuid) -> Result<bool> {
    if find_pool_by_uuid(driver, uuid)?.is_some() {
        return Ok(false);
    }
    Ok(find_pool(driver, name)?.is_some())
}

fn check_pool(driver: &Driver, pool: &Pool, name: &str) -> Result<()> {
    if !pool.is_active().unwrap_or(false) {
        return Err(Error::NotStarted {
            thing: Thing::Pool,
            name: name.to_owned(),
            uri: driver.uri.clone(),
        });
    }
    Ok(())
}

fn default_folder(driver: &Driver) -> Result<PathBuf> {
    if !driver.site.is_session() {
        return Ok("/var/lib/libvirt/images".into());
    }
    if !driver.site.is_local {
        return Err(Error::Invalid(request::NO_POOL.into()));
    }
    let base = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")))
        .ok_or_else(|| Error::Invalid(request::NO_HOME.into()))?;
    Ok(base.join("libvirt/images"))
}

fn existing(driver: &Driver, pool: &Pool, name: &str) -> Result<PoolPlan> {
    let uuid = pool
        .uuid()
        .map_err(|error| driver.failed(doing::READ_POOL, error))?;
    Ok(PoolPlan {
        name: name.to_owned(),
        uuid,
        make: None,
    })
}

fn not_found(driver: &Driver, name: &str) -> Error {
    Error::NotFound {
        thing: Thing::Pool,
        name: name.to_owned(),
        uri: driver.uri.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_untimed, volume_base};
    use crate::Error;
    use crate::error::JobError;
    use crate::model::error::failure::{Failure, Reason};

    #[test]
    fn only_a_derivation_that_could_not_be_timed_passes() {
        let libvirt = |words: &str| Error::Libvirt {
            uri: "qemu:///system".into(),
            doing: crate::model::doing::MAKE_DISK.into(),
            source: Failure::new(Reason::Other, words),
        };
        assert!(is_untimed(&libvirt(
            "internal error: Child process (/usr/bin/qemu-img create -f qcow2 /pool/web.qcow2 8K) \
             unexpected exit status 1: qemu-img: /pool/web.qcow2: Unable to get accurate CPU usage"
        )));
        for other in [
            "internal error: Child process (/usr/bin/qemu-img create -f qcow2 /pool/web.qcow2 8K) \
             unexpected exit status 1: qemu-img: /pool/web.qcow2: No space left on device",
            "Requested operation is not valid: storage volume name 'web.qcow2' already in use",
        ] {
            assert!(!is_untimed(&libvirt(other)), "{other}");
        }
        assert!(!is_untimed(&Error::Job(JobError::Cancelled)));
    }

    #[test]
    fn a_volume_is_named_as_qemu_can_take_it() {
        for (domain, base) in [
            ("web", "web"),
            ("my vm", "my-vm"),
            ("Büro 2", "B-ro-2"),
            ("2 cool", "vm-2-cool"),
            ("虚拟机", "vm"),
            ("--", "vm"),
            ("a.b_c-d", "a.b_c-d"),
        ] {
            assert_eq!(volume_base(domain), base, "{domain}");
        }
    }
}
