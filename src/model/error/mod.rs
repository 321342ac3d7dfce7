// SPDX-License-Identifier: GPL-3.0-or-later
//! One error for the engine: what happened, why, and what a person can do next.
//!
//! The texts are plain English for the command line and for logs. A front end that
//! translates matches on the variants; [`Error::kind`] sorts them for exit codes and for
//! the choice between "ask again" and "give up".

pub(crate) mod advice;
pub mod cause;
pub mod failure;
pub mod keyring;
mod not_undone;
pub mod preview;

use std::path::PathBuf;

use self::advice::connect_hint;
use self::cause::Cause;
use self::failure::{Failure, Reason};
use self::keyring::KeyringError;
pub use self::not_undone::NotUndone;
use self::preview::PreviewError;
use crate::shown::{last_argument, shell_word, virsh};

/// The engine's result.
pub type Result<T> = std::result::Result<T, Error>;

/// What sort of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The thing named does not exist.
    NotFound,
    /// Not authenticated, not allowed, or the person declined: keyring locked, prompt
    /// cancelled, wrong passphrase, rejected credentials.
    Refused,
    /// The connection to the hypervisor is gone or could not be made.
    ConnectionLost,
    /// The request makes no sense as it was put.
    Invalid,
    /// The hypervisor or this connection has no such function.
    Unsupported,
    /// Something else is using it.
    Busy,
    /// No answer in time; the operation may still be running.
    Timeout,
    /// The person cancelled; what was begun has been undone.
    Cancelled,
    /// Anything else.
    Failed,
}

/// What makes a folder Oriel's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderFix {
    /// To take from others the right to write.
    TakeRight,
    /// Another folder.
    Replace,
}

/// A part of a request, to say what a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// What it starts from.
    Source,
    /// Its name.
    Name,
    /// Memory, processors, limits, virtualisation and network.
    Resources,
    /// The disk and its encryption.
    Disk,
}

/// Every failure of the engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No guest, pool, network, volume or secret of that name.
    #[error("There is no {kind} called “{name}” on {uri}")]
    NotFound {
        /// What was looked for: "virtual machine", "storage pool", ...
        kind: &'static str,
        /// Its name as given.
        name: String,
        /// The connection that was asked.
        uri: String,
    },
    /// The name is taken.
    #[error("There is already a {kind} called “{name}” on {uri}")]
    Exists {
        /// What is there already.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The connection that was asked.
        uri: String,
    },
    /// libvirt refused a call.
    #[error("Could not {doing}: {}", cause::words(source))]
    Libvirt {
        /// The connection that was asked.
        uri: String,
        /// The attempted act as an infinitive: "start “web”".
        doing: String,
        /// libvirt's own error.
        source: Failure,
    },
    /// The connection could not be opened.
    #[error("Could not connect to {uri}: {source}")]
    CannotConnect {
        /// The connection's URI.
        uri: String,
        /// libvirt's own error.
        source: Failure,
    },
    /// libvirt asked who we are and did not accept the answer, or got none.
    #[error("{uri} did not let us in: {reason}")]
    NotAuthenticated {
        /// The connection's URI.
        uri: String,
        /// What libvirt or the person said.
        reason: String,
    },
    /// The connection broke, before or while something was done.
    #[error("The connection to {uri} was lost while trying to {doing}")]
    ConnectionLost {
        /// The connection's URI.
        uri: String,
        /// The attempted act as an infinitive.
        doing: String,
    },
    /// libvirt has not answered in time.
    #[error("No answer after {seconds} s to the request to {doing}; it may still be running")]
    Timeout {
        /// The attempted act as an infinitive.
        doing: String,
        /// How long we waited, in seconds.
        seconds: u64,
    },
    /// The promised state was not reached.
    #[error("“{name}” is still {state} after {seconds} s: {why}")]
    StateNotReached {
        /// The guest.
        name: String,
        /// The state that it is in.
        state: String,
        /// How long we waited, in seconds.
        seconds: u64,
        /// What the likely reason is.
        why: String,
    },
    /// What a guest is to use is off.
    #[error("The {kind} “{name}” is not running")]
    NotStarted {
        /// What it is: "network" or "storage pool".
        kind: &'static str,
        /// Its name.
        name: String,
        /// The connection.
        uri: String,
    },
    /// The guest is not in a state in which this can be done.
    #[error("Cannot {doing}: “{name}” is {state}")]
    WrongState {
        /// The attempted act as an infinitive.
        doing: String,
        /// The guest.
        name: String,
        /// The state that it is in.
        state: String,
    },
    /// Another operation holds what we need.
    #[error("{what} is busy: {why}")]
    Busy {
        /// What is in use.
        what: String,
        /// By whom or for what.
        why: String,
    },
    /// The desktop keyring did not give or take a passphrase.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// No passphrase anywhere, and nobody gave one.
    #[error(
        "The passphrase of {place} of “{name}” is not in the keyring and none was given: {why}"
    )]
    PassphraseMissing {
        /// The guest.
        name: String,
        /// Which disk or device.
        place: String,
        /// Why nobody could be asked, or that they declined.
        why: String,
    },
    /// The keyring's passphrase was stored for another host, and nobody said that this one may
    /// have it.
    #[error(
        "The passphrase of {place} of “{name}” was not handed over: it was not stored for the host \
         that {uri} leads to"
    )]
    PassphraseForOther {
        /// The guest.
        name: String,
        /// Which disk or device.
        place: String,
        /// The connection.
        uri: String,
    },
    /// The passphrase does not open the image.
    #[error("The passphrase does not open an encrypted disk of “{name}”")]
    PassphraseWrong {
        /// The guest.
        name: String,
        /// libvirt's own error.
        source: Failure,
    },
    /// A passphrase must not go over a connection that others can read.
    #[error("No passphrase is sent over {uri}: {why}")]
    InsecureConnection {
        /// The connection's URI.
        uri: String,
        /// What is not secure about it.
        why: &'static str,
    },
    /// The URI names a program to be run, and nobody has allowed that.
    #[error("{uri} would run the program “{program}”, and nobody was there to allow that")]
    ProgramNotAllowed {
        /// The connection's URI.
        uri: String,
        /// The program.
        program: String,
    },
    /// A request that makes no sense.
    #[error("{what}: {why}")]
    Invalid {
        /// Which part of the request.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// What a new guest can't be, and which part of the request it is about.
    #[error("{error}")]
    Unfit {
        /// Which part.
        part: Part,
        /// What is wrong with it.
        error: Box<Error>,
    },
    /// This connection can't do that.
    #[error("{what} is not possible on this connection: {why}")]
    Unsupported {
        /// What was asked for.
        what: String,
        /// Why it can't be had.
        why: String,
    },
    /// This connection's guests can't have encrypted disks.
    #[error("An encrypted disk is not possible on this connection: the driver {driver} has none")]
    NoEncryption {
        /// The hypervisor's driver: "LXC".
        driver: String,
    },
    /// This connection has no storage.
    #[error(
        "A disk in a storage pool is not possible on this connection: its driver has no storage"
    )]
    NoStorage,
    /// A file could not be read or written.
    #[error("Could not {doing} {}: {source}", path.display())]
    Io {
        /// "read", "write", "create", "lock".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A folder of Oriel's own is not Oriel's alone.
    #[error("The folder {} is not used: {why}", path.display())]
    UnsafeFolder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
        /// What mends it.
        fix: FolderFix,
    },
    /// A domain document could not be read or edited.
    #[error(transparent)]
    Xml(#[from] crate::xml::XmlError),
    /// A screen picture could not be used.
    #[error(transparent)]
    Preview(#[from] PreviewError),
    /// The guest's volume is used by something else.
    #[error("“{volume}” is used by {user}, so it was not deleted")]
    VolumeInUse {
        /// Path of the volume.
        volume: String,
        /// The other guest, the image whose base it is, or the process.
        user: String,
        /// Whether it is only a process, which may end soon.
        by_process: bool,
    },
    /// It can't be told who uses a volume, so that it must stay.
    #[error("Nothing was deleted: {what} can't be looked into, and may use what was to go: {why}")]
    UseUnknown {
        /// What can't be looked into: a guest, a pool, an image.
        what: String,
        /// The reason.
        why: String,
    },
    /// The connection came back, and leads elsewhere.
    #[error("{uri} leads to another host now, so nothing was done there")]
    OtherHost {
        /// The connection.
        uri: String,
    },
    /// What a creation left must stay, since it can't be proven to be its own and unused.
    #[error("What is left of “{name}” stays as it is: {why}")]
    NotUndone {
        /// The guest that was to be made.
        name: String,
        /// Why nothing is undone.
        why: NotUndone,
    },
    /// A guest was made and could not be started.
    #[error("“{name}” was made, but did not start: {source}")]
    MadeNotStarted {
        /// The guest.
        name: String,
        /// Why it did not start.
        source: Box<Error>,
    },
    /// The person cancelled; everything begun has been undone.
    #[error("Cancelled")]
    Cancelled,
    /// A step failed and its undoing failed as well.
    #[error("{source}. Undoing what was begun failed as well: {left}")]
    LeftBehind {
        /// The failure that started it.
        source: Box<Error>,
        /// What is left and why.
        left: String,
    },
    /// A failure that several wait for.
    #[error(transparent)]
    Shared(std::sync::Arc<Error>),
    /// A fault of Oriel's own.
    #[error("Internal fault: {0}")]
    Internal(String),
}

impl Error {
    /// The sort of failure, for exit codes and for what a front end offers.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Libvirt { source, .. } if source.is_no_guest() => ErrorKind::NotFound,
            Self::Libvirt { source, .. } | Self::CannotConnect { source, .. }
                if source.reason() == Reason::NotAllowed =>
            {
                ErrorKind::Refused
            }
            Self::Libvirt { source, .. } if source.is_unsupported() => ErrorKind::Unsupported,
            Self::Keyring(error) => error.kind(),
            Self::NotAuthenticated { .. }
            | Self::PassphraseMissing { .. }
            | Self::PassphraseForOther { .. }
            | Self::PassphraseWrong { .. }
            | Self::InsecureConnection { .. }
            | Self::ProgramNotAllowed { .. } => ErrorKind::Refused,
            Self::CannotConnect { .. } | Self::ConnectionLost { .. } => ErrorKind::ConnectionLost,
            Self::Timeout { .. } | Self::StateNotReached { .. } => ErrorKind::Timeout,
            Self::Busy { .. }
            | Self::VolumeInUse { .. }
            | Self::UseUnknown { .. }
            | Self::NotUndone { .. } => ErrorKind::Busy,
            Self::Invalid { .. } | Self::NotStarted { .. } => ErrorKind::Invalid,
            Self::Unsupported { .. } | Self::NoEncryption { .. } | Self::NoStorage => {
                ErrorKind::Unsupported
            }
            Self::Cancelled => ErrorKind::Cancelled,
            Self::LeftBehind { source, .. } | Self::MadeNotStarted { source, .. } => source.kind(),
            Self::Shared(source) => source.kind(),
            Self::Unfit { error, .. } => error.kind(),
            _ => ErrorKind::Failed,
        }
    }

    /// What a person can do next, if anything sensible can be said.
    pub fn next_step(&self) -> Option<String> {
        Some(match self {
            Self::NotFound { kind, .. } if *kind == "virtual machine" => {
                "“orielctl list” shows the virtual machines of a connection".into()
            }
            Self::Exists { .. } => "Choose another name, or delete the other one first".into(),
            Self::CannotConnect { uri, .. } => connect_hint(uri),
            Self::NotAuthenticated { uri, .. } if uri.contains("+ssh://") => {
                "Try “ssh HOST” in a terminal: it shows what is wrong, and asks whether to trust \
                 a host that it does not know"
                    .into()
            }
            Self::NotAuthenticated { .. } => "Check the user name and password, and whether your \
                 account may manage virtual machines (on many systems: the group “libvirt”)"
                .into(),
            Self::ConnectionLost { .. } => "Check that the host and its libvirt daemon run, then \
                 look at the virtual machine's state before trying again"
                .into(),
            Self::Timeout { .. } => {
                "Wait a little and look at the virtual machine's state before trying again".into()
            }
            Self::Keyring(error) => return error.next_step(),
            Self::Shared(error) => return error.next_step(),
            Self::Unfit { error, .. } => return error.next_step(),
            Self::PassphraseMissing { .. } => {
                "Start it from a terminal and type the passphrase, or give it with \
                 --passphrase-file"
                    .into()
            }
            Self::PassphraseForOther { .. } => {
                "If that host may have it, start the virtual machine \
                 in a terminal or in the window and say so, or use --hand-over"
                    .into()
            }
            Self::PassphraseWrong { .. } => "Try again with the right passphrase. Copies of the \
                 keyring in a backup may hold an older one"
                .into(),
            Self::InsecureConnection { .. } => {
                "Use qemu+ssh://, or qemu+tls:// with certificates, to reach this host".into()
            }
            Self::ProgramNotAllowed { .. } => "If you know that program and wrote the address \
                 yourself, add “--allow-program”. If somebody gave you the address, do not"
                .into(),
            Self::NoEncryption { .. } => "Choose “--no-encrypt” or “--disk none”".into(),
            Self::NoStorage => "Choose “--disk none”".into(),
            Self::Cancelled => "Nothing was left behind".into(),
            Self::VolumeInUse { .. } => {
                "Delete the other virtual machine or overlay first, or leave the storage".into()
            }
            Self::UseUnknown { .. } => "Put that right first (start the pool, make the file \
                 readable, stop what hangs), or leave the storage"
                .into(),
            Self::NotUndone { .. } => "Look at it yourself. “orielctl cleanup --keep” forgets \
                 the journals of what can't be undone, and deletes nothing"
                .into(),
            Self::MadeNotStarted { source, .. } => source.next_step().unwrap_or_else(|| {
                "It is off, with its disk and its passphrase: start it again, or delete it".into()
            }),
            Self::LeftBehind { .. } => {
                "“orielctl cleanup” shows what is left and removes it".into()
            }
            Self::UnsafeFolder { path, fix, .. } => {
                let path = path.to_string_lossy();
                match fix {
                    FolderFix::TakeRight => format!(
                        "Look whether its files are yours, then take the right away: chmod go-w {}",
                        last_argument(&path)
                    ),
                    FolderFix::Replace => format!(
                        "Rename {}, or set XDG_STATE_HOME to a folder of your own",
                        shell_word(&path)
                    ),
                }
            }
            Self::Libvirt { uri, doing, source } => {
                return libvirt_hint(uri, doing, &source.to_string());
            }
            Self::NotStarted { kind, name, uri } => {
                let command = if *kind == "network" {
                    "net-start"
                } else {
                    "pool-start"
                };
                format!("Start it: {}", virsh(uri, command, name))
            }
            _ => return None,
        })
    }

    /// Why libvirt refused, if that is known.
    pub fn cause(&self) -> Option<Cause> {
        self.cause_on().map(|(cause, _)| cause)
    }

    /// Why libvirt refused, if that is known, and the URI of the connection that it is about.
    pub fn cause_on(&self) -> Option<(Cause, &str)> {
        match self {
            Self::Libvirt { uri, source, .. } => Some((Cause::of(&source.to_string())?, uri)),
            Self::Shared(error) => error.cause_on(),
            Self::Unfit { error, .. } => error.cause_on(),
            _ => None,
        }
    }

    /// The failure without what was attempted, with a capital letter first.
    pub fn reason(&self) -> String {
        let text = match self {
            Self::Libvirt { source, .. } => cause::words(source),
            other => other.to_string(),
        };
        let mut characters = text.chars();
        characters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(characters).collect()
        })
    }

    /// Wraps a failed libvirt call, sorting out a broken connection.
    pub(crate) fn libvirt(uri: &str, doing: impl Into<String>, source: Failure) -> Self {
        let doing = doing.into();
        if source.reason() == Reason::ConnectionLost {
            Self::ConnectionLost {
                uri: uri.to_owned(),
                doing,
            }
        } else {
            // What is told is shorter.
            tracing::info!(doing, error = %source, "libvirt refused");
            Self::Libvirt {
                uri: uri.to_owned(),
                doing,
                source,
            }
        }
    }

    /// Wraps a failed file operation.
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }

    /// A request that makes no sense.
    pub(crate) fn invalid(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid {
            what: what.into(),
            why: why.into(),
        }
    }
}

/// A next step for what libvirt refused. A start and a creation always have one.
fn libvirt_hint(uri: &str, doing: &str, message: &str) -> Option<String> {
    if let Some(cause) = Cause::of(message) {
        return Some(cause.next_step(uri));
    }
    let begins = |word: &str| doing.split(' ').next() == Some(word);
    if begins("start") {
        Some(
            "Its log may tell more (/var/log/libvirt/qemu, or ~/.cache/libvirt/qemu/log for your \
             own virtual machines); mend what it names and try again"
                .into(),
        )
    } else if ["make", "define", "create"].into_iter().any(begins) {
        Some("Nothing was made; change what it names and try again".into())
    } else {
        None
    }
}
