// SPDX-License-Identifier: GPL-3.0-or-later
//! A new guest, in three stages: the person's [`CreateRequest`] is checked into a [`Plan`], which
//! changes nothing and can be shown; the plan is carried out as a job whose steps are undone in
//! reverse on failure and survive a crash in the journal.

mod check;
mod cleanup;
mod document;
mod offers;
mod run;
mod step;

use std::path::PathBuf;

use serde::Serialize;
use uuid::Uuid;

pub(super) use self::check::refuse_name;
pub use self::cleanup::{Leftover, Outcome, clean_up, keep, leftovers};
pub use self::offers::Offers;
use crate::connection::Connection;
use crate::job::JobControl;
use crate::message::Message;
pub use crate::model::error::Part;
use crate::model::error::Result;
use crate::model::host::HostIdentity;
use crate::model::passphrase::Passphrase;
pub use crate::storage::PoolOffer;
use crate::storage::PoolPlan;

/// What the person wants.
#[derive(Debug)]
pub struct CreateRequest {
    /// The guest's name.
    pub name: String,
    /// What it starts from.
    pub source: InstallSource,
    /// Memory in KiB.
    pub memory_kib: u64,
    /// Number of virtual processors.
    pub vcpus: u32,
    /// Size of the disk in bytes; `None` for no disk.
    pub disk_bytes: Option<u64>,
    /// The storage pool for the disk; `None` for the usual one.
    pub pool: Option<String>,
    /// Whether and how the disk is encrypted.
    pub encryption: Encryption,
    /// CPU weight; `None` leaves the system's default.
    pub cpu_shares: Option<u64>,
    /// Hard memory limit in KiB.
    pub memory_limit_kib: Option<u64>,
    /// KVM or emulation; `None` for KVM where it is real.
    pub virt_type: Option<VirtType>,
    /// How it is connected; `None` for the host's NAT network or, without one, QEMU's own.
    pub network: Option<Network>,
    /// Whether it is started at once.
    pub start: bool,
}

/// What a new guest starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallSource {
    /// An ISO image as a CD.
    Cdrom(PathBuf),
    /// A kernel with its first file system and command line.
    Kernel {
        /// The kernel image.
        kernel: PathBuf,
        /// The initial ramdisk.
        initrd: PathBuf,
        /// The kernel's command line.
        cmdline: String,
    },
}

/// How the disk is encrypted.
#[derive(Debug)]
pub enum Encryption {
    /// It is not.
    None,
    /// With a passphrase that Oriel makes up and only the keyring knows.
    Generated,
    /// With the person's passphrase.
    Passphrase(Passphrase),
}

/// The kind of virtualisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VirtType {
    /// With hardware help.
    Kvm,
    /// Emulated.
    Qemu,
}

/// How a guest is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// QEMU's own user-mode network.
    User,
    /// A libvirt network by name.
    Named(String),
    /// Not at all.
    None,
}

/// A checked request: everything that will be made, and nothing that is secret.
#[derive(Debug)]
pub struct Plan {
    /// The guest's name.
    pub name: String,
    /// The guest's UUID, chosen beforehand.
    pub uuid: Uuid,
    /// The host that it is for.
    pub host: HostIdentity,
    /// The guest's document.
    pub document: String,
    /// The disk, if there is one.
    pub disk: Option<DiskPlan>,
    /// What is unusual about the choices, for the person.
    pub remarks: Vec<Message>,
    /// Whether it is started at once.
    pub start: bool,
    passphrase: Option<Encryption>,
}

impl Plan {
    /// The steps that it takes, by the names that progress has.
    pub fn steps(&self) -> Vec<&'static str> {
        step::names(self).collect()
    }
}

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// There is none, or it is blank.
    Empty,
    /// It is longer than file names can be.
    TooLong,
    /// It has a slash in it.
    Slash,
    /// It has a line break or another control character in it.
    Control,
    /// It is "." or "..", or begins or ends with a space.
    Edges,
}

/// The disk of a plan.
#[derive(Clone, Debug)]
pub struct DiskPlan {
    /// The pool, to be made if it is not there.
    pub pool: PoolPlan,
    /// The volume's name.
    pub volume: String,
    /// The path that it will have.
    pub path: String,
    /// The volume's document.
    pub document: String,
    /// The libvirt secret that opens it, if it is encrypted.
    pub secret: Option<Uuid>,
}

/// What was made.
#[derive(Clone, Debug, Serialize)]
pub struct Created {
    /// The guest's name.
    pub name: String,
    /// The guest's UUID.
    pub uuid: Uuid,
    /// The disk's path.
    pub disk: Option<String>,
    /// Whether the disk is encrypted.
    pub encrypted: bool,
    /// Whether the keyring holds the passphrase.
    pub key_stored: bool,
    /// Whether it runs.
    pub started: bool,
}

/// What is wrong with a name, if anything is; whether it is taken is not looked at.
pub fn name_fault(name: &str) -> Option<NameFault> {
    check::name_fault(name)
}

/// What a new guest can have on this host. Changes nothing.
///
/// # Errors
/// [`crate::Error::Libvirt`] and [`crate::Error::Connection`].
pub async fn offers(connection: &Connection) -> Result<Offers> {
    offers::read(connection).await
}

/// Checks what a guest is to start from, on a local host: it must be there and readable. Blocks.
///
/// # Errors
/// [`crate::Error::Unfit`].
pub fn check_source(connection: &Connection, source: InstallSource) -> Result<()> {
    check::check_source(connection, source)
}

/// Checks a request against the host. Changes nothing.
///
/// # Errors
/// [`crate::Error::Unfit`] for what can't be, with the reason; others as the host fails to answer.
pub async fn plan(connection: &Connection, request: CreateRequest) -> Result<Plan> {
    check::plan(connection, request).await
}

/// Carries a plan out. On failure or cancel everything is undone, unless the guest was defined
/// already; what could not be undone is in the journal, for [`clean_up`].
///
/// # Errors
/// Whatever a step failed with; [`crate::Error::Job`] for a guest that is there; [`crate::Error::Job`] if undoing failed as well.
pub async fn carry_out(
    connection: &Connection,
    plan: Plan,
    control: &JobControl,
) -> Result<Created> {
    run::carry_out(connection, plan, control).await
}
