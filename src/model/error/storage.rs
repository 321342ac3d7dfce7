// SPDX-License-Identifier: GPL-3.0-or-later
//! How storage fails, and whom an image is used by.

use super::ErrorKind;
use super::told::NextStep;
use crate::message::{Message, mark, texts};

/// What went wrong with storage.
#[derive(Debug)]
#[non_exhaustive]
pub enum StorageError {
    /// A volume is used by something else.
    InUse {
        /// Its path.
        volume: String,
        /// The other guest, the image whose base it is, or the process.
        user: Message,
        /// Whether it is only a process, which may end soon.
        by_process: bool,
    },
    /// It can't be told who uses a volume, so that it must stay.
    UseUnknown {
        /// What can't be looked into: a guest, a pool, an image.
        what: Message,
        /// The reason.
        why: Message,
    },
    /// A volume is still there after it was deleted.
    StillThere {
        /// Its path.
        path: String,
    },
    /// This connection has no storage.
    NoStorage,
    /// This connection's guests can't have encrypted disks.
    NoEncryption {
        /// The hypervisor's driver: "LXC".
        driver: String,
    },
}

texts! {
    /// What is said of storage.
    STORAGE;
    IN_USE = "volume-in-use", mark("Nothing was deleted. “{volume}” is used by {user}.");
    USE_UNKNOWN = "use-unknown", mark("Nothing was deleted. {what} may use what was to go, and can’t be looked into: {why}.");
    STILL_THERE = "still-there", mark("The disk {path} is still there after it was deleted.");
    NO_STORAGE = "no-storage", mark("A disk in a storage pool is not possible on this connection. Its driver has no storage.");
    NO_ENCRYPTION = "no-encryption", mark("An encrypted disk is not possible on this connection. The driver {driver} has none.");
    PUT_RIGHT = "put-right", mark("Put that right first: start the storage pool, make the file readable, or stop what hangs. Or leave the disks where they are.");
    OTHER_FIRST = "other-first", mark("Delete the other virtual machine or image first, or leave the disks where they are.");
    NO_DISK = "choose-no-disk", mark("Create it without a disk.");
    NO_DISK_COMMAND = "choose-no-disk-command", "Choose “--disk none”.";
    PLAIN_DISK = "choose-plain-disk", mark("Create it without encryption, or without a disk.");
    PLAIN_DISK_COMMAND = "choose-plain-disk-command", "Choose “--no-encrypt” or “--disk none”.";
    LOOK_AT_FILE = "look-at-file", mark("Look at the file, and delete it yourself if you want that.");
    GUESTS = "the-guests", mark("the list of virtual machines");
    GUEST = "the-guest", mark("the virtual machine “{name}”");
    THIS_GUEST = "this-guest", mark("this virtual machine");
    POOLS = "the-pools", mark("the list of storage pools");
    POOL = "the-pool", mark("the storage pool “{name}”");
    VOLUME = "the-volume", mark("the volume “{name}”");
    DISK_OF = "disk-of", mark("the disk {volume} in the storage pool {pool} of {user}");
    IMAGE_OF = "image-of", mark("{path} of {user}");
    IMAGE = "the-image", mark("the image {path}");
    BASE_OF = "base-of", mark("{user}, as a base of {path}");
    BASE = "as-its-base", mark("{user}, as its base");
    PATH = "path", "{path}";
    LOCKED = "locked-by-process", mark("a running process, which has it locked");
    LOOP = "loop-device", mark("the loop device {name}");
    PROCESS = "process", mark("the process {number} ({name})");
    HOLDER = "holder", mark("another block device that is made of it");
    MOUNTED = "mounted", mark("a mounted file system");
    POOL_STOPPED = "pool-stopped", mark("it is not running");
    POOL_ABSENT = "pool-absent", mark("there is no such storage pool");
    IN_NO_POOL = "in-no-pool", mark("it is in no storage pool");
    IN_NO_POOL_HERE = "in-no-pool-here", mark("it is in no storage pool of this connection");
    NO_FILE_HERE = "no-file-here", mark("it is no file of this host, or not there");
    LEFT_BY_LIBVIRT = "left-by-libvirt", mark("it is still there after it was deleted");
    HIDDEN = "hidden", mark("your account can’t follow its path");
    ENDLESS = "endless", mark("its chain of images is too long");
    SYSTEM_SAYS = "system-says", mark("the system says: {words}");
    LIBVIRT_SAYS = "libvirt-says-why", mark("libvirt says: {words}");
    FILE_SAYS = "file-says", mark("{path} can’t be read: {words}");
    DEFINITION_SAYS = "definition-says", mark("its definition can’t be read");
    NO_QEMU_IMG = "no-qemu-img", mark("qemu-img can’t be run: {words}");
    QEMU_IMG_SLOW = "qemu-img-slow", mark("qemu-img did not answer in time");
    QEMU_IMG_REFUSES = "qemu-img-refuses", mark("qemu-img can’t read it as {format}");
    QEMU_IMG_SILENT = "qemu-img-silent", mark("qemu-img gave no answer that can be read");
    NAME_BELOW = "name-below", mark("the image below has a name that can’t be read: {name}");
    PLACE_BELOW = "place-below", mark("nobody knows where the image below lies: {name}");
}

impl StorageError {
    pub(super) fn message(&self) -> Message {
        match self {
            Self::InUse { volume, user, .. } => IN_USE.with("volume", volume).with("user", user),
            Self::UseUnknown { what, why } => USE_UNKNOWN.with("what", what).with("why", why),
            Self::StillThere { path } => STILL_THERE.with("path", path),
            Self::NoStorage => NO_STORAGE.into(),
            Self::NoEncryption { driver } => NO_ENCRYPTION.with("driver", driver),
        }
    }

    pub(super) fn next(&self) -> NextStep {
        match self {
            Self::InUse { .. } => NextStep::both(OTHER_FIRST),
            Self::UseUnknown { .. } => NextStep::both(PUT_RIGHT),
            Self::StillThere { .. } => NextStep::both(LOOK_AT_FILE),
            Self::NoStorage => NextStep::of(NO_DISK, NO_DISK_COMMAND),
            Self::NoEncryption { .. } => NextStep::of(PLAIN_DISK, PLAIN_DISK_COMMAND),
        }
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::InUse { .. } | Self::UseUnknown { .. } | Self::StillThere { .. } => {
                ErrorKind::Busy
            }
            Self::NoStorage | Self::NoEncryption { .. } => ErrorKind::Unsupported,
        }
    }
}
