// SPDX-License-Identifier: GPL-3.0-or-later
//! The values of a creation: what is wanted, what is planned, what was made.

use std::path::PathBuf;

use serde::Serialize;
use uuid::Uuid;

use crate::message::Message;
use crate::model::host::HostIdentity;
use crate::model::passphrase::Passphrase;
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
        /// Whether every start boots them. Else the first one does, which is to install the
        /// system, and all others boot the disk; without a disk every start does in any case.
        keep: bool,
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
    pub(super) passphrase: Option<Encryption>,
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
