// SPDX-License-Identifier: GPL-3.0-or-later
//! Why libvirt could not do something, in a person's words.
//!
//! libvirt passes on what QEMU, qemu-img and the system said, with the whole command before it. This
//! finds the cause in it and what to do next. Texts in another language, or that nobody has met
//! yet, have no [`Cause`]; then `plain` leaves of them what says something.

use super::failure::Failure;
use super::thing::Thing;
use super::told::NextStep;
use crate::message::{Message, mark, texts};

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

    /// The cause in words.
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::FileMissing(path) => FILE_MISSING.with("path", path),
            Self::FileDenied(path) => FILE_DENIED.with("path", path),
            Self::ImageInUse => IMAGE_IN_USE.into(),
            Self::ImageDamaged => IMAGE_DAMAGED.into(),
            Self::NoSpace => NO_SPACE.into(),
            Self::NoMemory => NO_MEMORY.into(),
            Self::NoKvm => NO_KVM.into(),
            Self::NetworkOff(name) => CAUSE_NETWORK_OFF.named(name),
            Self::InterfaceMissing(name) => INTERFACE_MISSING.named(name),
            Self::PortTaken => PORT_TAKEN.into(),
            Self::SocketPath => SOCKET_PATH.into(),
            Self::LockedMemory => LOCKED_MEMORY.into(),
            Self::Untimed => UNTIMED.into(),
        }
    }

    /// What to do next, on the connection of that URI.
    pub(super) fn next(&self, uri: &str) -> NextStep {
        match self {
            Self::FileMissing(_) => NextStep::both(PUT_BACK),
            Self::FileDenied(_) => NextStep::both(MOVE_IT),
            Self::ImageInUse => NextStep::both(STOP_USER),
            Self::ImageDamaged => NextStep::both(CHECK_IMAGE),
            Self::NoSpace => NextStep::both(FREE_SPACE),
            Self::NoMemory => NextStep::both(LESS_MEMORY),
            Self::NoKvm => NextStep::of(SWITCH_ON_KVM, SWITCH_ON_KVM_COMMAND),
            Self::NetworkOff(name) => Thing::Network.start(uri, name),
            Self::InterfaceMissing(_) => NextStep::both(OTHER_NETWORK),
            Self::PortTaken => NextStep::both(OTHER_PORT),
            Self::SocketPath => NextStep::of(SHORTER_NAME, SHORTER_FOLDERS),
            Self::LockedMemory => NextStep::of(LIMIT_LATER, LIMIT_LATER_COMMAND),
            Self::Untimed => NextStep::both(LESS_TO_DO),
        }
    }
}

texts! {
    /// What is said of causes, and of what to do about them.
    CAUSES;
    FILE_MISSING = "file-missing", mark("The file {path} is not there.");
    FILE_DENIED = "file-denied", mark("The account that runs QEMU may not use the file {path}.");
    IMAGE_IN_USE = "image-in-use", mark("Another program uses one of its disks.");
    IMAGE_DAMAGED = "image-damaged", mark("The image of a disk is damaged, or not in the format that its definition says.");
    NO_SPACE = "no-space", mark("There is not enough free space.");
    NO_MEMORY = "no-memory", mark("The host does not have enough free memory.");
    NO_KVM = "no-kvm", mark("The host’s KVM can’t be used.");
    CAUSE_NETWORK_OFF = "cause-network-off", mark("The network “{name}” is off.");
    INTERFACE_MISSING = "interface-missing", mark("The host has no network interface called {name}.");
    PORT_TAKEN = "port-taken", mark("Another program uses a network port that it needs.");
    SOCKET_PATH = "socket-path", mark("The path of one of its sockets is longer than the system allows.");
    LOCKED_MEMORY = "locked-memory", mark("The host may not lock memory for its memory limit.");
    UNTIMED = "untimed", mark("The host was too busy to time the encryption.");
    PUT_BACK = "put-back", mark("Put the file back where it was, or take its drive out of the definition.");
    MOVE_IT = "move-it", mark("Move the file to a folder that others can enter, or to a storage pool.");
    STOP_USER = "stop-user", mark("Stop what uses the disk, such as another virtual machine, and try again.");
    CHECK_IMAGE = "check-image", mark("“qemu-img check” tells whether the image can be repaired. A backup may help.");
    FREE_SPACE = "free-space", mark("Free some space in the storage pool, or choose a smaller disk.");
    LESS_MEMORY = "less-memory", mark("Give the virtual machine less memory, or stop another one.");
    SWITCH_ON_KVM = "switch-on-kvm", mark("Switch virtualization on in the host’s firmware, and see whether your account may use /dev/kvm.");
    SWITCH_ON_KVM_COMMAND = "switch-on-kvm-command", "Switch virtualization on in the host’s firmware, and see whether your account may use /dev/kvm. Emulation (--virt-type qemu) does without it.";
    OTHER_NETWORK = "other-network", mark("Set the interface up again, or connect the virtual machine to another network.");
    OTHER_PORT = "other-port", mark("Stop the other program, or let libvirt choose the port by itself.");
    SHORTER_NAME = "shorter-name", mark("Give the virtual machine a shorter name.");
    SHORTER_FOLDERS = "shorter-folders", "Give the virtual machine a shorter name, or its libvirt shorter folders (XDG_CONFIG_HOME and XDG_RUNTIME_DIR).";
    LIMIT_LATER = "limit-later", mark("Take the memory limit away, start the virtual machine, and set the limit while it runs.");
    LIMIT_LATER_COMMAND = "limit-later-command", "The host’s libvirt lacks the right to raise that limit at a start (CAP_SYS_RESOURCE). Start without a memory limit and set it on the running virtual machine: orielctl tune NAME --memory-limit SIZE --live";
    LESS_TO_DO = "less-to-do", mark("Try again when the host has less to do.");
    LIBVIRT_SAYS = "libvirt-says", mark("libvirt says: {words}.");
    QEMU_SAYS = "qemu-says", mark("QEMU says: {words}.");
    PROGRAM_FAILED = "program-failed", mark("The program {name} failed: {words}.");
    NO_REASON = "no-reason", mark("libvirt gave no reason.");
    PROGRAM_SILENT = "program-silent", mark("The program {name} failed, and gave no reason.");
    NOT_MADE = "not-made", mark("Nothing was created. Change what it names, and try again.");
}

/// Why libvirt failed, in words: the known cause, or what its message says beside commands.
pub(crate) fn words(error: &Failure) -> Message {
    let message = error.to_string();
    match Cause::of(&message) {
        Some(cause) => cause.message(),
        None => plain(&message),
    }
}

/// libvirt's own words.
pub(crate) fn verbatim(error: &Failure) -> Message {
    said(&error.to_string())
}

/// Words that libvirt said.
fn said(words: &str) -> Message {
    let words = bare(words);
    if words.is_empty() {
        return NO_REASON.into();
    }
    LIBVIRT_SAYS.with("words", words)
}

/// Somebody's words, to be followed by a full stop of ours.
fn bare(words: &str) -> &str {
    words.trim().trim_end_matches('.')
}

/// The words of a message without the command that said them: of a program that libvirt ran, what
/// it said last.
fn plain(message: &str) -> Message {
    let text = message
        .strip_prefix("Internal error: ")
        .unwrap_or(message)
        .trim();
    if let Some(child) = text.strip_prefix("Child process (") {
        let program = child.split([' ', ')']).next().unwrap_or_default();
        let program = program.rsplit('/').next().unwrap_or(program);
        // The command may have brackets in it; the status comes behind the last one.
        let said = child
            .rsplit_once(") unexpected ")
            .and_then(|(_, end)| end.split_once(": "));
        let Some((_, said)) = said else {
            return PROGRAM_SILENT.named(program);
        };
        let said = said.strip_prefix(&format!("{program}: ")).unwrap_or(said);
        return PROGRAM_FAILED.named(program).with("words", bare(said));
    }
    let Some(at) = text.rfind("qemu-system-") else {
        return said(text);
    };
    let Some((_, words)) = text[at..].split_once(": ") else {
        return said(text);
    };
    // QEMU repeats the option that it stumbled over, which may be a whole document in JSON.
    let words = match words.strip_prefix('-') {
        Some(option) => option
            .rsplit_once("}: ")
            .or_else(|| option.split_once(": "))
            .map_or(words, |(_, said)| said),
        None => words,
    };
    QEMU_SAYS.with("words", bare(words))
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
            let next = cause.next("qemu:///system");
            assert!(next.window.is_some() && next.command.is_some());
            assert!(!cause.message().to_string().contains("qemu-img"));
        }
        assert_eq!(Cause::of("Das ging schief"), None);
    }

    #[test]
    fn an_unknown_message_is_left_without_its_command() {
        for (message, words) in [
            (
                "Internal error: Child process (/usr/bin/qemu-img create -o a(b) /x/y) unexpected \
                 exit status 1: qemu-img: /x/y: Strange things happen",
                "The program qemu-img failed: /x/y: Strange things happen.",
            ),
            (
                "Internal error: Child process (/usr/sbin/dnsmasq) unexpected fatal signal 11",
                "The program dnsmasq failed, and gave no reason.",
            ),
            (
                "Internal error: QEMU unexpectedly closed the monitor (vm='web'): \
                 2025-11-29T10:00:00Z qemu-system-x86_64: -device {\"driver\":\"x\"}: 'x' is not a \
                 device",
                "QEMU says: 'x' is not a device.",
            ),
            (
                "Internal error: qemu-system-x86_64: -accel nonsense: invalid accelerator",
                "QEMU says: invalid accelerator.",
            ),
            ("Ein Fehler.", "libvirt says: Ein Fehler."),
            ("", "libvirt gave no reason."),
        ] {
            assert_eq!(plain(message).to_string(), words);
        }
    }
}
