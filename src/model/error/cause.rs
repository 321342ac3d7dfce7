// SPDX-License-Identifier: GPL-3.0-or-later
//! Why libvirt could not do something, in a person's words.
//!
//! libvirt passes on what QEMU, qemu-img and the system said, with the whole command before it. This
//! finds the cause in it and what to do next. Texts in another language, or that nobody has met
//! yet, have no [`Cause`]; then `plain` leaves of them what says something.

use std::fmt;

use super::failure::Failure;
use crate::shown::virsh;

/// The longest path of a socket, in bytes (`sockaddr_un` holds 108 with the zero).
pub(crate) const MAX_SOCKET_PATH: usize = 107;

/// A cause that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// A file that is needed is not there.
    FileMissing(String),
    /// A file may not be read or written by the account that runs QEMU.
    FileDenied(String),
    /// Another program uses a disk's image.
    ImageInUse,
    /// An image is damaged, or not in the format that the definition says.
    ImageDamaged,
    /// There is no space left.
    NoSpace,
    /// There is not enough memory.
    NoMemory,
    /// KVM can't be used.
    NoKvm,
    /// A virtual network is off.
    NetworkOff(String),
    /// A network interface of the host is not there.
    InterfaceMissing(String),
    /// A port of the network is taken.
    PortTaken,
    /// The path of a socket is too long.
    SocketPath,
    /// The host may not lock memory.
    LockedMemory,
    /// The key derivation could not be timed.
    Untimed,
}

impl Cause {
    /// The cause in what libvirt said.
    pub fn of(message: &str) -> Option<Self> {
        let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
        Some(if is_long_socket(message) {
            Self::SocketPath
        } else if has(&["Unable to get accurate CPU usage"]) {
            Self::Untimed
        } else if has(&["limit locked memory"]) {
            Self::LockedMemory
        } else if has(&["No space left", "no space left"]) {
            Self::NoSpace
        } else if has(&["Cannot allocate memory", "cannot set up guest memory"]) {
            Self::NoMemory
        } else if has(&["another process using the image", "\"write\" lock"]) {
            Self::ImageInUse
        } else if has(&[
            "mage is not in ",
            "mage is corrupt",
            "not a valid ",
            "header is corrupt",
        ]) {
            Self::ImageDamaged
        } else if has(&[
            "KVM kernel module",
            "failed to initialize kvm",
            "domaintype=kvm",
        ]) {
            Self::NoKvm
        } else if has(&["' is not active"]) && has(&["network '"]) {
            Self::NetworkOff(between(message, "network '", "' is not active")?)
        } else if has(&[
            "Cannot get interface",
            "No such device",
            "Network is unreachable",
        ]) {
            Self::InterfaceMissing(between(message, "'", "'")?)
        } else if has(&["Address already in use"]) {
            Self::PortTaken
        } else if has(&["No such file or directory"]) {
            Self::FileMissing(path_in(message)?)
        } else if has(&["Permission denied", "permission denied"]) {
            Self::FileDenied(path_in(message)?)
        } else {
            return None;
        })
    }

    /// What to do next, on the connection of that URI.
    pub fn next_step(&self, uri: &str) -> String {
        match self {
            Self::FileMissing(_) => "Put the file back where it was, or take its drive out of the \
                 definition of the virtual machine"
                .into(),
            Self::FileDenied(_) => "The file must be readable by the account that runs QEMU; move \
                 it to a folder that others can enter, or to a storage pool"
                .into(),
            Self::ImageInUse => {
                "Stop what uses the disk, such as another virtual machine, and try again".into()
            }
            Self::ImageDamaged => {
                "“qemu-img check” tells whether the image can be repaired; a backup may help".into()
            }
            Self::NoSpace => "Free some space in the storage pool, or choose a smaller disk".into(),
            Self::NoMemory => "Give the virtual machine less memory, or stop another one".into(),
            Self::NoKvm => "Switch virtualization on in the host's firmware, and see whether your \
                 account may use /dev/kvm; emulation (--virt-type qemu) does without it"
                .into(),
            Self::NetworkOff(name) => {
                format!("Start the network: {}", virsh(uri, "net-start", name))
            }
            Self::InterfaceMissing(_) => {
                "Set the interface up again, or connect the virtual machine to another network"
                    .into()
            }
            Self::PortTaken => {
                "Stop the other program, or let libvirt choose the port by itself".into()
            }
            Self::SocketPath => "Give the virtual machine a shorter name, or its libvirt shorter \
                 folders (XDG_CONFIG_HOME and XDG_RUNTIME_DIR)"
                .into(),
            Self::LockedMemory => {
                "The host's libvirt may not raise that limit at a start (it lacks the right \
                 CAP_SYS_RESOURCE); start without a memory limit and set it on the running virtual \
                 machine: orielctl tune NAME --memory-limit SIZE --live"
                    .into()
            }
            Self::Untimed => "Try again when the host has less to do".into(),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileMissing(path) => write!(f, "the file {path} is not there"),
            Self::FileDenied(path) => {
                write!(f, "the account that runs QEMU may not use the file {path}")
            }
            Self::ImageInUse => f.write_str("another program uses one of its disks"),
            Self::ImageDamaged => f.write_str(
                "the image of a disk is damaged, or not in the format that its definition says",
            ),
            Self::NoSpace => f.write_str("there is no space left"),
            Self::NoMemory => f.write_str("the host has not enough free memory"),
            Self::NoKvm => f.write_str("the host's KVM can't be used"),
            Self::NetworkOff(name) => write!(f, "the network “{name}” is off"),
            Self::InterfaceMissing(name) => {
                write!(f, "the network interface {name} of the host is not there")
            }
            Self::PortTaken => {
                f.write_str("another program uses a network port that it is to have")
            }
            Self::SocketPath => {
                f.write_str("the path of one of its sockets is longer than the system allows")
            }
            Self::LockedMemory => f.write_str("the host may not lock memory for its memory limit"),
            Self::Untimed => f.write_str("the host was too busy to time the encryption"),
        }
    }
}

/// Why libvirt failed, in words: the known cause, or what its message says beside commands.
pub(crate) fn words(error: &Failure) -> String {
    let message = error.to_string();
    match Cause::of(&message) {
        Some(cause) => cause.to_string(),
        None => plain(&message),
    }
}

/// The words of a message without the command that said them: of a program that libvirt ran, what
/// it said last.
fn plain(message: &str) -> String {
    let text = message
        .strip_prefix("Internal error: ")
        .unwrap_or(message)
        .trim();
    if text.is_empty() {
        return "libvirt gave no reason".to_owned();
    }
    if let Some(child) = text.strip_prefix("Child process (") {
        let program = child.split([' ', ')']).next().unwrap_or_default();
        let program = program.rsplit('/').next().unwrap_or(program);
        // The command may have brackets in it; the status comes behind the last one.
        let said = child
            .rsplit_once(") unexpected ")
            .and_then(|(_, end)| end.split_once(": "))
            .map_or("it gave no reason", |(_, said)| said);
        let said = said.strip_prefix(&format!("{program}: ")).unwrap_or(said);
        return format!("the program {program} failed: {}", said.trim());
    }
    let Some(at) = text.rfind("qemu-system-") else {
        return text.to_owned();
    };
    let Some((_, said)) = text[at..].split_once(": ") else {
        return text.to_owned();
    };
    // QEMU repeats the option that it stumbled over, which may be a whole document in JSON.
    let said = match said.strip_prefix('-') {
        Some(option) => option
            .rsplit_once("}: ")
            .or_else(|| option.split_once(": "))
            .map_or(said, |(_, said)| said),
        None => said,
    };
    format!("QEMU says: {}", said.trim())
}

/// Whether it is about the path of a socket that is too long. Its length tells, in any language.
fn is_long_socket(message: &str) -> bool {
    let is_socket = |path: &str| path.contains(".sock") || path.contains("/org.qemu.guest_agent");
    let long = message
        .split(['\'', '"', '“', '”', '„', '«', '»', ' '])
        .any(|part| part.starts_with('/') && part.len() > MAX_SOCKET_PATH && is_socket(part));
    long || message.contains("UNIX socket path") && message.contains("too long")
}

/// The text between these words.
fn between(message: &str, before: &str, behind: &str) -> Option<String> {
    let (_, rest) = message.split_once(before)?;
    let (name, _) = rest.split_once(behind)?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The last path in quotes, or behind a command's colon, that the message names.
fn path_in(message: &str) -> Option<String> {
    let quoted = message
        .split('\'')
        .skip(1)
        .step_by(2)
        .chain(message.split('"').skip(1).step_by(2));
    let path = quoted.filter(|part| part.starts_with('/')).last();
    let plain = || {
        let mut parts = message.rsplit([' ', ':']);
        parts.find(|part| part.starts_with('/') && !part.contains(')'))
    };
    path.or_else(plain).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_found_in_what_libvirt_passes_on() {
        let socket = format!(
            "internal error: UNIX socket path '/home/{}/domain-11-web/org.qemu.guest_agent.0' too long",
            "a".repeat(90)
        );
        let foreign = socket
            .replace("UNIX socket path", "UNIX-Socket-Pfad")
            .replace("too long", "zu lang");
        for (message, cause) in [
            (
                "Cannot access storage file '/pool/web.qcow2' (as uid:64055, gid:64055): No such \
                 file or directory",
                Cause::FileMissing("/pool/web.qcow2".into()),
            ),
            (
                "internal error: process exited while connecting to monitor: \
                 2025-11-29T10:00:00.000000Z qemu-system-x86_64: -blockdev {\"driver\":\"file\",\
                 \"filename\":\"/pool/web.img\",\"node-name\":\"s\"}: Could not open \
                 '/pool/web.img': Permission denied",
                Cause::FileDenied("/pool/web.img".into()),
            ),
            (
                "internal error: qemu-system-x86_64: Failed to get \"write\" lock; Is another \
                 process using the image [/pool/web.img]?",
                Cause::ImageInUse,
            ),
            (
                "internal error: Child process (/usr/bin/qemu-img create -f qcow2 /pool/w 9T) \
                 unexpected exit status 1: qemu-img: /pool/w: No space left on device",
                Cause::NoSpace,
            ),
            (
                "Requested operation is not valid: network 'it's' is not active",
                Cause::NetworkOff("it's".into()),
            ),
            (
                "Cannot get interface MTU on 'br0': No such device",
                Cause::InterfaceMissing("br0".into()),
            ),
            (
                "Could not access KVM kernel module: Permission denied",
                Cause::NoKvm,
            ),
            (&socket, Cause::SocketPath),
            (&foreign, Cause::SocketPath),
            (
                "qemu-img: disk.qcow2: Unable to get accurate CPU usage",
                Cause::Untimed,
            ),
        ] {
            assert_eq!(Cause::of(message), Some(cause.clone()), "{message}");
            assert!(cause.next_step("qemu:///system").len() > 20);
            assert!(!cause.to_string().contains("qemu-img"), "{cause}");
        }
        assert_eq!(Cause::of("Das ging schief"), None);
    }

    #[test]
    fn an_unknown_message_is_left_without_its_command() {
        for (message, words) in [
            (
                "Internal error: Child process (/usr/bin/qemu-img create -o a(b) /x/y) unexpected \
                 exit status 1: qemu-img: /x/y: Strange things happen",
                "the program qemu-img failed: /x/y: Strange things happen",
            ),
            (
                "Internal error: Child process (/usr/sbin/dnsmasq) unexpected fatal signal 11",
                "the program dnsmasq failed: it gave no reason",
            ),
            (
                "Internal error: QEMU unexpectedly closed the monitor (vm='web'): \
                 2025-11-29T10:00:00Z qemu-system-x86_64: -device {\"driver\":\"x\"}: 'x' is not a \
                 device",
                "QEMU says: 'x' is not a device",
            ),
            (
                "Internal error: qemu-system-x86_64: -accel nonsense: invalid accelerator",
                "QEMU says: invalid accelerator",
            ),
            ("Ein Fehler", "Ein Fehler"),
        ] {
            assert_eq!(plain(message), words);
        }
    }
}
