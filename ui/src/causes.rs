// SPDX-License-Identifier: GPL-3.0-or-later
//! The causes that the engine knows, in the person's language and in terms of the window.

use oriel::error::cause::Cause;

use crate::i18n::{gettext, gettext_f};

/// Why it failed.
pub fn body(cause: &Cause) -> String {
    match cause {
        Cause::FileMissing(path) => gettext_f("The file {path} is not there.", &[("path", path)]),
        Cause::FileDenied(path) => gettext_f(
            "The account that runs QEMU may not use the file {path}.",
            &[("path", path)],
        ),
        Cause::ImageInUse => gettext("Another program uses one of its disks."),
        Cause::ImageDamaged => gettext(
            "The image of a disk is damaged, or not in the format that its definition says.",
        ),
        Cause::NoSpace => gettext("There is not enough free space."),
        Cause::NoMemory => gettext("The host has not enough free memory."),
        Cause::NoKvm => gettext("The host’s KVM can’t be used."),
        Cause::NetworkOff(name) => gettext_f("The network “{name}” is off.", &[("name", name)]),
        Cause::InterfaceMissing(name) => gettext_f(
            "The network interface {name} of the host is not there.",
            &[("name", name)],
        ),
        Cause::PortTaken => gettext("Another program uses a network port that it is to have."),
        Cause::SocketPath => {
            gettext("The path of one of its sockets is longer than the system allows.")
        }
        Cause::LockedMemory => gettext("The host may not lock memory for its memory limit."),
        Cause::Untimed => gettext("The host was too busy to time the encryption."),
        other => format!("{other}."),
    }
}

/// What to do next.
pub fn next(cause: &Cause, uri: &str) -> String {
    match cause {
        Cause::FileMissing(_) => {
            gettext("Put the file back where it was, or take its drive out of the definition.")
        }
        Cause::FileDenied(_) => {
            gettext("Move the file to a folder that others can enter, or to a storage pool.")
        }
        Cause::ImageInUse => {
            gettext("Stop what uses the disk, such as another virtual machine, and try again.")
        }
        // Translators: keep “qemu-img check”, it is a command.
        Cause::ImageDamaged => {
            gettext("“qemu-img check” tells whether the image can be repaired; a backup may help.")
        }
        Cause::NoSpace => gettext("Free some space in the storage pool, or choose a smaller disk."),
        Cause::NoMemory => gettext("Give the virtual machine less memory, or stop another one."),
        Cause::NoKvm => gettext(
            "Switch virtualization on in the host’s firmware, and see whether your account may \
             use /dev/kvm.",
        ),
        Cause::NetworkOff(name) => gettext_f(
            "Start the network: {command}",
            &[("command", &oriel::shown::virsh(uri, "net-start", name))],
        ),
        Cause::InterfaceMissing(_) => gettext(
            "Set the interface up again, or connect the virtual machine to another network.",
        ),
        Cause::PortTaken => {
            gettext("Stop the other program, or let libvirt choose the port by itself.")
        }
        Cause::SocketPath => gettext("Give the virtual machine a shorter name."),
        Cause::LockedMemory => gettext(
            "Take the memory limit away, start the virtual machine, and set the limit while it \
             runs.",
        ),
        Cause::Untimed => gettext("Try again when the host has less to do."),
        other => oriel::shown::sentence(&other.next_step(uri)),
    }
}
