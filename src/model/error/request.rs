// SPDX-License-Identifier: GPL-3.0-or-later
//! Requests that make no sense, or that can't be fulfilled here.

use super::told::NextStep;
use crate::message::{Message, Text, mark, texts};

texts! {
    /// What is said of requests.
    REQUESTS;
    NO_NAME = "name-none", mark("The name of the virtual machine is empty or has a NUL byte in it.");
    NAME_EMPTY = "name-empty", mark("The name is empty.");
    NAME_LONG = "name-long", mark("The name “{name}” is too long; {most} bytes are the most.");
    NAME_SLASH = "name-slash", mark("The name “{name}” can’t have a slash in it.");
    NAME_CONTROL = "name-control", mark("The name “{name}” can’t have line breaks or control characters in it.");
    NAME_EDGES = "name-edges", mark("The name “{name}” can’t be “.” or “..”, nor begin or end with a space.");
    ISO_ABSENT = "iso-absent", mark("The ISO image {path} does not exist.");
    ISO_DENIED = "iso-denied", mark("The ISO image {path} may not be read.");
    ISO_UNREADABLE = "iso-unreadable", mark("The ISO image {path} can’t be read: {words}.");
    ISO_EMPTY = "iso-empty", mark("The ISO image {path} is empty.");
    ISO_IS_DISK = "iso-is-disk", mark("{path} is the disk of a virtual machine ({format}), not an image of a CD or DVD. Importing disks is not possible yet.");
    ISO_IS_NONE = "iso-is-none", mark("{path} is not an image of a CD or DVD.");
    KERNEL_ABSENT = "kernel-absent", mark("The kernel {path} does not exist.");
    KERNEL_DENIED = "kernel-denied", mark("The kernel {path} may not be read.");
    KERNEL_UNREADABLE = "kernel-unreadable", mark("The kernel {path} can’t be read: {words}.");
    KERNEL_EMPTY = "kernel-empty", mark("The kernel {path} is empty.");
    INITRD_ABSENT = "initrd-absent", mark("The initial RAM disk {path} does not exist.");
    INITRD_DENIED = "initrd-denied", mark("The initial RAM disk {path} may not be read.");
    INITRD_UNREADABLE = "initrd-unreadable", mark("The initial RAM disk {path} can’t be read: {words}.");
    INITRD_EMPTY = "initrd-empty", mark("The initial RAM disk {path} is empty.");
    DISK_SMALL = "disk-small", mark("The disk is too small; 1 MiB is the least.");
    MEMORY_SMALL = "memory-small", mark("That is too little memory; 16 MiB are the least.");
    MEMORY_LARGE = "memory-large", mark("{wanted} MiB of memory are more than the host has ({most} MiB).");
    VCPUS = "vcpus", mark("The number of processors must be 1 to {most} here.");
    LIMIT_BELOW_MEMORY = "limit-below-memory", mark("A memory limit of {limit} MiB is less than the virtual machine’s memory ({memory} MiB). The kernel would end it.");
    LIMIT_BELOW_USE = "limit-below-use", mark("A memory limit of {limit} MiB is too low. “{name}” uses {used} MiB now, and needs a margin of {margin} MiB more.");
    SHARES_RANGE = "shares-range", mark("{value} CPU shares are out of range; this host takes {least} to {most}.");
    PERCENT_RANGE = "percent-range", mark("“{name}” can’t be {value} %; 1 is the least, and {most} the most.");
    MUST_BE_SET = "must-be-set", mark("“{name}” can’t be taken away: each virtual machine has some.");
    NO_NEXT_START = "no-next-start", mark("“{name}” has no next start, because it is gone when it is off. Change it while it runs.");
    KVM_PRETENDED = "kvm-pretended", mark("libvirt offers KVM here, but the host’s processor has no virtualization (vmx or svm), and virtual machines would hang.");
    KVM_ABSENT = "kvm-absent", mark("The host does not have KVM.");
    NO_POOL = "no-remote-pool", mark("Your account has no storage pool on that host.");
    NO_HOME = "no-home", mark("There is no folder for disks, because HOME is not set.");
    NO_STATE_HOME = "no-state-home", mark("There is no folder for Oriel’s journal, because neither XDG_STATE_HOME nor HOME is set.");
    AUTOSTART_TRANSIENT = "autostart-transient", mark("“{name}” can’t start with its host, because it is gone when it is off.");
    AUTOSTART_UNREAD = "autostart-unread", mark("“{name}” can’t start with its host: its definition can’t be read, so nobody knows whether it needs a passphrase.");
    AUTOSTART_ENCRYPTED = "autostart-encrypted", mark("“{name}” can’t start with its host: its disks are encrypted, and while the host starts nobody can give libvirt the passphrase.");
    SAVE_IN_THE_CLEAR = "save-in-the-clear", mark("The state of “{name}” was not saved. Its memory would be written to a file that is not encrypted, and what its disks keep secret may be in it.");
    EMBEDDED = "embedded-secrets", mark("An encrypted virtual machine can’t be started here, because libvirt’s embedded driver does not find its own secrets.");
    RENAME_VARIABLES = "rename-variables", mark("A virtual machine with UEFI can’t be renamed here: nobody can tell where libvirt keeps the firmware’s variables, and it would lose them.");
    UNDEFINE_VARIABLES = "undefine-variables", mark("A virtual machine with UEFI or a virtual TPM can’t be undefined here: this libvirt would delete the firmware’s variables and the TPM’s state.");
    SESSION_LIMITS = "session-limits", mark("Virtual machines of a user session have no control groups of their own, so they can’t have limits. Those of the system connection (qemu:///system) can.");
    PASSPHRASE_EMPTY = "passphrase-empty", mark("The passphrase is empty, and would protect nothing.");
    PASSPHRASE_LONG = "passphrase-long", mark("The passphrase is too long; {most} bytes are the most.");
    PASSPHRASE_BYTES = "passphrase-bytes", mark("The passphrase is not text in UTF-8, so that it could not be typed again.");
    PASSPHRASE_UNREAD = "passphrase-unread", mark("The passphrase could not be read: {words}.");
    REMARK_PLAIN = "remark-plain", mark("Its disk is not encrypted.");
    REMARK_SLOW = "remark-slow", mark("It is emulated without KVM, and so is slow.");
    REMARK_NETWORK = "remark-network", mark("It has a network of its own, because the network “default” is not running.");
    REMARK_SCANT = "remark-scant", mark("The limit of {limit} MiB leaves no room beside the virtual machine’s memory of {memory} MiB, and the kernel may end it.");
    NO_POOL_AT_ALL = "no-pool-at-all", mark("There is no storage pool.");
    INTERNAL = "internal", mark("Oriel itself failed: {words}.");
    LIBVIRT_REFUSED = "libvirt-refused", mark("Could not {doing}. {why}");
    CONTROL_ABSENT = "control-absent", mark("The driver of this hypervisor has no “{name}”.");
    CONTROL_ABSENT_SAYS = "control-absent-says", mark("The driver of this hypervisor has no “{name}” ({words}).");
    NO_MACHINE_ID = "no-machine-id", mark("This computer has no /etc/machine-id, so Oriel can’t tell it from others.");
    NO_HOST_UUID = "no-host-uuid", mark("{uri} does not tell the UUID of its host, so Oriel can’t tell it from others.");
}

texts! {
    /// What to do about requests.
    STEPS;
    USE_QEMU = "use-emulation", mark("Choose emulation.");
    USE_QEMU_OPTION = "use-emulation-option", "Use “--virt-type qemu”.";
    CHOOSE_POOL = "choose-pool", mark("Create one there.");
    CHOOSE_POOL_OPTION = "choose-pool-option", "Create one there, or name one with --pool.";
    GIVE_UNIT = "give-unit", "A size takes a unit, as in 512M or 20G.";
    CHANGE_LIVE_OPTION = "change-live-option", "Change it with --live.";
    USE_DAEMON = "use-daemon", mark("Use qemu:///session or qemu:///system.");
    REPORT = "report", mark("Please report this, with the details.");
}

/// The faults of a file to start from: absent, denied, unreadable, empty.
pub(crate) type FileFaults = [&'static Text; 4];
pub(crate) const ISO_FAULTS: &FileFaults = &[ISO_ABSENT, ISO_DENIED, ISO_UNREADABLE, ISO_EMPTY];
pub(crate) const KERNEL_FAULTS: &FileFaults = &[
    KERNEL_ABSENT,
    KERNEL_DENIED,
    KERNEL_UNREADABLE,
    KERNEL_EMPTY,
];
pub(crate) const INITRD_FAULTS: &FileFaults = &[
    INITRD_ABSENT,
    INITRD_DENIED,
    INITRD_UNREADABLE,
    INITRD_EMPTY,
];

/// What to do about requests that need another choice: in a window, and at the command line.
const NEXT: &[(&Text, Option<&Text>, &Text)] = &[
    (KVM_PRETENDED, Some(USE_QEMU), USE_QEMU_OPTION),
    (KVM_ABSENT, Some(USE_QEMU), USE_QEMU_OPTION),
    (NO_POOL, Some(CHOOSE_POOL), CHOOSE_POOL_OPTION),
    (NO_NEXT_START, None, CHANGE_LIVE_OPTION),
    (DISK_SMALL, None, GIVE_UNIT),
    (MEMORY_SMALL, None, GIVE_UNIT),
    (EMBEDDED, Some(USE_DAEMON), USE_DAEMON),
];

/// What to do about a request that was refused.
pub(super) fn next(fault: &Message) -> NextStep {
    let row = NEXT.iter().find(|(text, ..)| text.id == fault.id());
    row.map(|(_, window, command)| NextStep {
        window: window.map(Message::from),
        command: Some(Message::from(*command)),
    })
    .unwrap_or_default()
}
