// SPDX-License-Identifier: GPL-3.0-or-later
//! From a request to a plan: everything is checked here, before anything is made.

use std::fs::File;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::document::{self, Facts};
use super::medium::{self, Medium};
use super::plan::{
    CreateRequest, DiskPlan, Encryption, InstallSource, NameFault, Network, Plan, VirtType,
};
use crate::connection::{Class, Connection};
use crate::driver::{Driver, trust};
use crate::guest::is_name_taken;
use crate::message::{Message, Text};
use crate::model::doing;
use crate::model::error;
use crate::model::error::{ConnectionError, Error, Part, Result, StorageError, Thing, request};
use crate::model::host::{Host, Kvm};
use crate::{control, file, paths, storage};

/// The longest name: libvirt puts it into file names of 255 bytes at most.
const MAX_NAME_BYTES: usize = 200;
/// The least memory that QEMU's firmware starts with, in KiB.
pub(super) const MIN_MEMORY_KIB: u64 = 16 * 1024;
/// The smallest disk, in bytes.
const MIN_DISK_BYTES: u64 = 1024 * 1024;

pub(super) async fn plan(connection: &Connection, request: CreateRequest) -> Result<Plan> {
    refuse_name(&request.name).map_err(about(Part::Name))?;
    connection
        .calls()
        .run(Class::Ordinary, doing::CHECK_REQUEST, move |driver| {
            plan_blocking(driver, request)
        })
        .await
}

fn plan_blocking(driver: &Driver, mut request: CreateRequest) -> Result<Plan> {
    if is_name_taken(driver, &request.name)? {
        return Err(about(Part::Name)(Error::Exists {
            thing: Thing::Guest,
            name: request.name,
            uri: driver.uri.clone(),
        }));
    }
    let host = driver.host()?;
    let mut remarks: Vec<Message> = Vec::new();
    if driver.site.is_local {
        check_files(&mut request.source).map_err(about(Part::Source))?;
    }
    check_size(driver, &host, &request)?;
    check_controls(driver, &request).map_err(about(Part::Resources))?;
    let virt_type =
        choose_type(&host, request.virt_type, &mut remarks).map_err(about(Part::Resources))?;
    let network = choose_network(driver, request.network.take(), &mut remarks)
        .map_err(about(Part::Resources))?;
    let encrypted = request.disk_bytes.is_some() && !matches!(request.encryption, Encryption::None);
    if encrypted {
        check_encryption(driver, &host).map_err(about(Part::Disk))?;
    }
    let disk = match request.disk_bytes {
        Some(bytes) => {
            let disk = plan_disk(driver, &request, bytes, encrypted);
            Some(disk.map_err(about(Part::Disk))?)
        }
        None => None,
    };
    let uuid = Uuid::new_v4();
    // libvirt's own path for it grows with each start of any guest, until none starts any more.
    let agent_socket = driver
        .site
        .is_own_session()
        .then(|| paths::guest_socket(uuid, 0))
        .flatten();
    let document = document::domain(&Facts {
        host: &host,
        request: &request,
        uuid,
        virt_type: &virt_type,
        network: &network,
        disk: disk.as_ref(),
        agent_socket: agent_socket.as_deref(),
    })?;
    if !encrypted && disk.is_some() {
        remarks.push(request::REMARK_PLAIN.into());
    }
    Ok(Plan {
        name: request.name,
        uuid,
        host: driver.identity()?.clone(),
        document,
        disk,
        remarks,
        start: request.start,
        passphrase: encrypted.then_some(request.encryption),
    })
}

/// Says which part of the request a fault is about. A lost connection is about none.
fn about(part: Part) -> impl FnOnce(Error) -> Error {
    move |error| match error {
        Error::Connection(ConnectionError::Lost { .. }) => error,
        error => Error::Unfit {
            part,
            error: Box::new(error),
        },
    }
}

/// What is wrong with a name, if anything is.
pub(super) fn name_fault(name: &str) -> Option<NameFault> {
    if name.trim().is_empty() {
        Some(NameFault::Empty)
    } else if name.len() > MAX_NAME_BYTES {
        Some(NameFault::TooLong)
    } else if name.contains('/') {
        Some(NameFault::Slash)
    } else if name.chars().any(char::is_control) {
        Some(NameFault::Control)
    } else if name == "." || name == ".." || name.starts_with(' ') || name.ends_with(' ') {
        Some(NameFault::Edges)
    } else {
        None
    }
}

/// Refuses what can't be a name.
pub(in crate::guest) fn refuse_name(name: &str) -> Result<()> {
    let text = match name_fault(name) {
        None => return Ok(()),
        Some(NameFault::Empty) => request::NAME_EMPTY,
        Some(NameFault::TooLong) => request::NAME_LONG,
        Some(NameFault::Slash) => request::NAME_SLASH,
        Some(NameFault::Control) => request::NAME_CONTROL,
        Some(NameFault::Edges) => request::NAME_EDGES,
    };
    Err(Error::Invalid(
        text.named(name).with("most", MAX_NAME_BYTES),
    ))
}

/// Checks what a guest is to start from, as far as that can be done from here.
pub(super) fn check_source(connection: &Connection, mut source: InstallSource) -> Result<()> {
    if connection.is_local() {
        check_files(&mut source).map_err(about(Part::Source))?;
    }
    Ok(())
}

/// Install media of a local host: they must be there, be files and be readable, and libvirt wants
/// absolute paths.
fn check_files(source: &mut InstallSource) -> Result<()> {
    let check = |path: &mut PathBuf, faults: &request::FileFaults| -> Result<File> {
        let [absent, denied, unreadable, empty] = *faults;
        let shown = path.display().to_string();
        let fault = |text: &'static Text| Error::Invalid(text.with("path", &shown));
        let absolute = std::path::absolute(&*path).map_err(Error::io(error::file::FIND, &*path))?;
        let file = file::open(&absolute).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => fault(absent),
            std::io::ErrorKind::PermissionDenied => fault(denied),
            _ => Error::Invalid(
                unreadable
                    .with("path", &shown)
                    .with("words", error.to_string()),
            ),
        })?;
        let metadata = file
            .metadata()
            .map_err(Error::io(error::file::READ, &absolute))?;
        if metadata.len() == 0 {
            return Err(fault(empty));
        }
        *path = absolute;
        Ok(file)
    };
    match source {
        InstallSource::Cdrom(path) => {
            let file = check(path, request::ISO_FAULTS)?;
            check_disc(path, &file)
        }
        InstallSource::Kernel { kernel, initrd, .. } => {
            check(kernel, request::KERNEL_FAULTS)?;
            check(initrd, request::INITRD_FAULTS).map(drop)
        }
    }
}

/// Refuses what is no CD or DVD: a guest would have an empty disk beside it, and boot neither.
fn check_disc(path: &Path, file: &File) -> Result<()> {
    let text = |text: &'static Text| text.with("path", path.display().to_string());
    let seen = medium::look(file).map_err(|error| {
        Error::Invalid(text(request::ISO_UNREADABLE).with("words", error.to_string()))
    })?;
    match seen {
        Medium::Disc => Ok(()),
        Medium::Disk(format) => Err(Error::Invalid(
            text(request::ISO_IS_DISK).with("format", format),
        )),
        Medium::Other => Err(Error::Invalid(text(request::ISO_IS_NONE))),
    }
}

fn check_size(driver: &Driver, host: &Host, wanted: &CreateRequest) -> Result<()> {
    check_amounts(driver, host, wanted).map_err(about(Part::Resources))?;
    if wanted
        .disk_bytes
        .is_some_and(|bytes| bytes < MIN_DISK_BYTES)
    {
        return Err(about(Part::Disk)(Error::Invalid(
            request::DISK_SMALL.into(),
        )));
    }
    Ok(())
}

fn check_amounts(driver: &Driver, host: &Host, wanted: &CreateRequest) -> Result<()> {
    if wanted.memory_kib < MIN_MEMORY_KIB {
        return Err(Error::Invalid(request::MEMORY_SMALL.into()));
    }
    if wanted.memory_kib > host.memory_kib {
        return Err(Error::Invalid(
            request::MEMORY_LARGE
                .with("wanted", wanted.memory_kib / 1024)
                .with("most", host.memory_kib / 1024),
        ));
    }
    let most = driver.most_vcpus(&host.plain_type).unwrap_or(255);
    if wanted.vcpus == 0 || wanted.vcpus > most {
        return Err(Error::Invalid(request::VCPUS.with("most", most)));
    }
    Ok(())
}

fn check_controls(driver: &Driver, wanted: &CreateRequest) -> Result<()> {
    if wanted.cpu_shares.is_none() && wanted.memory_limit_kib.is_none() {
        return Ok(());
    }
    control::check_possible(driver.site)?;
    if let Some(shares) = wanted.cpu_shares {
        control::check_cpu_shares(driver.site, shares)?;
    }
    if let Some(limit) = wanted.memory_limit_kib
        && limit < wanted.memory_kib
    {
        return Err(Error::Invalid(
            request::LIMIT_BELOW_MEMORY
                .with("limit", limit / 1024)
                .with("memory", wanted.memory_kib / 1024),
        ));
    }
    Ok(())
}

fn choose_type(
    host: &Host,
    wanted: Option<VirtType>,
    remarks: &mut Vec<Message>,
) -> Result<String> {
    match (wanted, host.kvm) {
        (Some(VirtType::Kvm), Kvm::Pretended) => {
            Err(Error::Unsupported(request::KVM_PRETENDED.into()))
        }
        (Some(VirtType::Kvm), Kvm::Absent) => Err(Error::Unsupported(request::KVM_ABSENT.into())),
        (None | Some(VirtType::Kvm), Kvm::Real) => Ok("kvm".into()),
        (wanted, _) => {
            if wanted.is_none() && host.is_qemu() {
                remarks.push(request::REMARK_SLOW.into());
            }
            Ok(host.plain_type.clone())
        }
    }
}

pub(super) fn choose_network(
    driver: &Driver,
    wanted: Option<Network>,
    remarks: &mut Vec<Message>,
) -> Result<Network> {
    let active = |name: &str| {
        let runs = driver.network_runs(name);
        runs.map_err(|failure| driver.failed(doing::FIND_NETWORK, failure))
    };
    match wanted {
        Some(Network::Named(name)) => match active(&name)? {
            Some(true) => Ok(Network::Named(name)),
            Some(false) => Err(Error::NotStarted {
                thing: Thing::Network,
                name,
                uri: driver.uri.clone(),
            }),
            None => Err(Error::NotFound {
                thing: Thing::Network,
                name,
                uri: driver.uri.clone(),
            }),
        },
        Some(other) => Ok(other),
        None if driver.site.is_session() => Ok(Network::User),
        None => match active("default")? {
            Some(true) => Ok(Network::Named("default".into())),
            Some(false) => {
                remarks.push(request::REMARK_NETWORK.into());
                Ok(Network::User)
            }
            None => Ok(Network::User),
        },
    }
}

pub(super) fn check_encryption(driver: &Driver, host: &Host) -> Result<()> {
    if !host.is_qemu() {
        return Err(Error::Storage(StorageError::NoEncryption {
            driver: host.driver.clone(),
        }));
    }
    trust::check_secure(driver)
}

fn plan_disk(
    driver: &Driver,
    request: &CreateRequest,
    bytes: u64,
    encrypted: bool,
) -> Result<DiskPlan> {
    let pool = storage::plan_pool(driver, request.pool.as_deref())?;
    let volume = storage::new_volume_name(driver, &pool, &request.name)?;
    let path = storage::future_path(driver, &pool, &volume)?;
    // What can't be looked at is left to libvirt, which writes over nothing.
    if driver.site.is_local && Path::new(&path).exists() {
        return Err(Error::Exists {
            thing: Thing::File,
            name: path,
            uri: driver.uri.clone(),
        });
    }
    let secret = encrypted.then(Uuid::new_v4);
    Ok(DiskPlan {
        document: document::volume(&volume, bytes, secret)?,
        pool,
        volume,
        path,
        secret,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_libvirt_or_a_file_system_refuses_are_refused_first() {
        for bad in ["", "  ", "a/b", "a\nb", "..", " a", "a ", &"x".repeat(201)] {
            assert!(name_fault(bad).is_some(), "{bad:?} was taken");
        }
        for good in ["web", "my vm", "Büro-Rechner", "虚拟机", "a.b", "-x"] {
            assert!(name_fault(good).is_none(), "{good:?} was refused");
        }
    }

    #[test]
    fn a_fault_says_which_part_it_is_about_and_stays_what_it_is() {
        let error = about(Part::Disk)(Error::Invalid(request::DISK_SMALL.into()));
        assert_eq!(error.message().id(), request::DISK_SMALL.id);
        assert_eq!(error.kind(), crate::ErrorKind::Invalid);
        assert!(matches!(
            error,
            Error::Unfit {
                part: Part::Disk,
                ..
            }
        ));
        let lost = Error::Connection(ConnectionError::Lost {
            uri: "u".into(),
            doing: crate::model::doing::READ_HOST.into(),
        });
        assert!(matches!(
            about(Part::Disk)(lost),
            Error::Connection(ConnectionError::Lost { .. })
        ));
    }

    #[test]
    fn a_missing_image_is_named() {
        let mut source = InstallSource::Cdrom("/nonexistent/a b.iso".into());
        let error = check_files(&mut source).unwrap_err().to_string();
        assert!(error.contains("/nonexistent/a b.iso"), "{error}");
        assert!(error.contains("does not exist"), "{error}");
    }
}
