// SPDX-License-Identifier: GPL-3.0-or-later
//! From a request to a plan: everything is checked here, before anything is made.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::document::{self, Facts};
use super::{
    CreateRequest, DiskPlan, Encryption, InstallSource, NameFault, Network, Part, Plan, VirtType,
};
use crate::connection::{Class, Connection};
use crate::driver::{Driver, trust};
use crate::guest::is_name_taken;
use crate::model::error::{Error, Result};
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
        .run(
            Class::Ordinary,
            "check the new virtual machine",
            move |driver| plan_blocking(driver, request),
        )
        .await
}

fn plan_blocking(driver: &Driver, mut request: CreateRequest) -> Result<Plan> {
    if is_name_taken(driver, &request.name)? {
        return Err(about(Part::Name)(Error::Exists {
            kind: "virtual machine",
            name: request.name,
            uri: driver.uri.clone(),
        }));
    }
    let host = driver.host()?;
    let mut remarks = Vec::new();
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
        remarks.push("its disk is not encrypted".into());
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
        Error::ConnectionLost { .. } => error,
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
    let why = match name_fault(name) {
        None => return Ok(()),
        Some(NameFault::Empty) => "it is empty",
        Some(NameFault::TooLong) => "it is too long; 200 bytes are the most",
        Some(NameFault::Slash) => "a name can't have a slash in it",
        Some(NameFault::Control) => "a name can't have line breaks or control characters in it",
        Some(NameFault::Edges) => "a name can't be “.” or “..”, nor begin or end with a space",
    };
    Err(Error::invalid(format!("The name “{name}”"), why))
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
    let check = |path: &mut PathBuf, what: &str| -> Result<()> {
        let absolute = std::path::absolute(&*path).map_err(Error::io("find", &*path))?;
        let described = || format!("{what} {}", path.display());
        let file = file::open(&absolute).map_err(|error| {
            Error::invalid(
                described(),
                match error.kind() {
                    std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
                    std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
                    _ => error.to_string(),
                },
            )
        })?;
        let metadata = file.metadata().map_err(Error::io("read", &absolute))?;
        if metadata.len() == 0 {
            return Err(Error::invalid(described(), "the file is empty"));
        }
        *path = absolute;
        Ok(())
    };
    match source {
        InstallSource::Cdrom(path) => check(path, "The ISO image"),
        InstallSource::Kernel { kernel, initrd, .. } => {
            check(kernel, "The kernel")?;
            check(initrd, "The initial ramdisk")
        }
    }
}

fn check_size(driver: &Driver, host: &Host, request: &CreateRequest) -> Result<()> {
    check_amounts(driver, host, request).map_err(about(Part::Resources))?;
    if request
        .disk_bytes
        .is_some_and(|bytes| bytes < MIN_DISK_BYTES)
    {
        return Err(about(Part::Disk)(Error::invalid(
            "The disk's size",
            "1 MiB is the least; a size takes a unit, as in 20G",
        )));
    }
    Ok(())
}

fn check_amounts(driver: &Driver, host: &Host, request: &CreateRequest) -> Result<()> {
    if request.memory_kib < MIN_MEMORY_KIB {
        return Err(Error::invalid(
            "The memory",
            "16 MiB are the least; a size takes a unit, as in 512M",
        ));
    }
    if request.memory_kib > host.memory_kib {
        return Err(Error::invalid(
            "The memory",
            format!(
                "{} MiB are more than the host has ({} MiB)",
                request.memory_kib / 1024,
                host.memory_kib / 1024
            ),
        ));
    }
    let most = driver.most_vcpus(&host.plain_type).unwrap_or(255);
    if request.vcpus == 0 || request.vcpus > most {
        return Err(Error::invalid(
            "The number of processors",
            format!("it must be 1 to {most} here"),
        ));
    }
    Ok(())
}

fn check_controls(driver: &Driver, request: &CreateRequest) -> Result<()> {
    if request.cpu_shares.is_none() && request.memory_limit_kib.is_none() {
        return Ok(());
    }
    control::check_possible(driver.site)?;
    if let Some(shares) = request.cpu_shares {
        control::check_cpu_shares(driver.site, shares)?;
    }
    if let Some(limit) = request.memory_limit_kib
        && limit < request.memory_kib
    {
        return Err(Error::invalid(
            "The memory limit",
            format!(
                "{} MiB are less than the virtual machine's memory ({} MiB): the kernel would \
                 end it",
                limit / 1024,
                request.memory_kib / 1024
            ),
        ));
    }
    Ok(())
}

fn choose_type(host: &Host, wanted: Option<VirtType>, remarks: &mut Vec<String>) -> Result<String> {
    match (wanted, host.kvm) {
        (Some(VirtType::Kvm), Kvm::Pretended) => Err(Error::Unsupported {
            what: "KVM".into(),
            why: "libvirt offers it, but the host's processor has no virtualisation (vmx or svm), \
                  and virtual machines would hang; use “--virt-type qemu”"
                .into(),
        }),
        (Some(VirtType::Kvm), Kvm::Absent) => Err(Error::Unsupported {
            what: "KVM".into(),
            why: "the host does not have it; use “--virt-type qemu”".into(),
        }),
        (None | Some(VirtType::Kvm), Kvm::Real) => Ok("kvm".into()),
        (wanted, _) => {
            if wanted.is_none() && host.is_qemu() {
                remarks.push("it is emulated without KVM, and so is slow".into());
            }
            Ok(host.plain_type.clone())
        }
    }
}

pub(super) fn choose_network(
    driver: &Driver,
    wanted: Option<Network>,
    remarks: &mut Vec<String>,
) -> Result<Network> {
    let active = |name: &str| {
        let runs = driver.network_runs(name);
        runs.map_err(|failure| driver.failed("look for the network", failure))
    };
    match wanted {
        Some(Network::Named(name)) => match active(&name)? {
            Some(true) => Ok(Network::Named(name)),
            Some(false) => Err(Error::NotStarted {
                kind: "network",
                name,
                uri: driver.uri.clone(),
            }),
            None => Err(Error::NotFound {
                kind: "network",
                name,
                uri: driver.uri.clone(),
            }),
        },
        Some(other) => Ok(other),
        None if driver.site.is_session() => Ok(Network::User),
        None => match active("default")? {
            Some(true) => Ok(Network::Named("default".into())),
            Some(false) => {
                remarks.push(
                    "it has a network of its own, because the network “default” is not running"
                        .into(),
                );
                Ok(Network::User)
            }
            None => Ok(Network::User),
        },
    }
}

pub(super) fn check_encryption(driver: &Driver, host: &Host) -> Result<()> {
    if !host.is_qemu() {
        return Err(Error::NoEncryption {
            driver: host.driver.clone(),
        });
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
            kind: "file",
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
        let error = about(Part::Disk)(Error::invalid("The disk", "why"));
        assert_eq!(error.to_string(), "The disk: why");
        assert_eq!(error.kind(), crate::ErrorKind::Invalid);
        assert!(matches!(
            error,
            Error::Unfit {
                part: Part::Disk,
                ..
            }
        ));
        let lost = Error::ConnectionLost {
            uri: "u".into(),
            doing: "d".into(),
        };
        assert!(matches!(
            about(Part::Disk)(lost),
            Error::ConnectionLost { .. }
        ));
    }

    #[test]
    fn a_missing_image_is_named() {
        let mut source = InstallSource::Cdrom("/nonexistent/a b.iso".into());
        let error = check_files(&mut source).unwrap_err().to_string();
        assert!(error.contains("/nonexistent/a b.iso"), "{error}");
        assert!(error.contains("no such file"), "{error}");
    }
}
