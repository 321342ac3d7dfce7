// SPDX-License-Identifier: GPL-3.0-or-later
//! How things fail: what happened, why, and what a person can do next.
//!
//! An error says nothing in words of its own: [`Error::message`] and [`Error::next`] are
//! [`Message`]s, which each front end puts into its language. There is an enum for each area, and
//! [`Error`] holds them beside what all areas share; [`Error::kind`] sorts them for exit codes and
//! for the choice between "ask again" and "give up".

pub(crate) mod advice;
pub mod cause;
mod connection;
pub mod failure;
pub(crate) mod file;
mod guest;
pub(crate) mod job;
pub mod keyring;
mod not_undone;
pub mod preview;
pub(crate) mod request;
#[cfg(test)]
mod samples;
mod secret;
pub(crate) mod storage;
mod thing;
mod told;

use std::fmt;
use std::path::PathBuf;

use self::cause::Cause;
pub use self::connection::ConnectionError;
pub(crate) use self::connection::{BROKEN, HUNG_UP, NO_ANSWER, NOBODY_ANSWERED};
use self::failure::{Failure, Reason};
pub use self::guest::{GuestError, Still, Wait};
pub(crate) use self::guest::{SILENT, waits};
pub use self::job::JobError;
use self::keyring::KeyringError;
pub use self::not_undone::NotUndone;
use self::preview::PreviewError;
pub use self::secret::{Insecure, SecretError, Taken};
pub use self::storage::StorageError;
pub use self::thing::Thing;
pub use self::told::NextStep;
use crate::message::{Message, Text};
use crate::xml::XmlError;

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
    /// Another folder, since this one is another account's.
    Replace,
}

/// A part of a request, to say what a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// What it starts from.
    Source,
    /// Its name.
    Name,
    /// Memory, processors, limits, virtualization and network.
    Resources,
    /// The disk and its encryption.
    Disk,
}

/// Every failure of the engine.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Nothing of that kind has that name.
    NotFound {
        /// What was looked for.
        thing: Thing,
        /// Its name as given.
        name: String,
        /// The connection that was asked.
        uri: String,
    },
    /// The name is taken.
    Exists {
        /// What is there already.
        thing: Thing,
        /// Its name.
        name: String,
        /// The connection that was asked.
        uri: String,
    },
    /// What a guest is to use is off.
    NotStarted {
        /// What it is.
        thing: Thing,
        /// Its name.
        name: String,
        /// The connection.
        uri: String,
    },
    /// libvirt refused a call.
    Libvirt {
        /// The connection that was asked.
        uri: String,
        /// What was attempted.
        doing: Message,
        /// libvirt's own error.
        source: Failure,
    },
    /// The connection failed.
    Connection(ConnectionError),
    /// Something that was done with a guest failed.
    Guest(GuestError),
    /// Storage failed.
    Storage(StorageError),
    /// A passphrase could not be handed over.
    Secret(SecretError),
    /// A job did not do all of its work.
    Job(JobError),
    /// A request that makes no sense.
    Invalid(Message),
    /// What this connection, host or guest can't do.
    Unsupported(Message),
    /// What a new guest can't be, and which part of the request it is about.
    Unfit {
        /// Which part.
        part: Part,
        /// What is wrong with it.
        error: Box<Error>,
    },
    /// A file could not be read or written.
    Io {
        /// What was attempted, with a place for the path.
        doing: &'static Text,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A folder of Oriel's own is not Oriel's alone.
    UnsafeFolder {
        /// The folder.
        path: PathBuf,
        /// What mends it.
        fix: FolderFix,
    },
    /// A domain document could not be read or edited.
    Xml(XmlError),
    /// A screen picture could not be used.
    Preview(PreviewError),
    /// A failure that several wait for.
    Shared(std::sync::Arc<Error>),
    /// A fault of Oriel's own.
    Internal(String),
}

impl Error {
    /// What happened, and why.
    pub fn message(&self) -> Message {
        match self {
            Self::NotFound { thing, name, uri } => thing.absent().named(name).with("uri", uri),
            Self::Exists { thing, name, uri } => thing.taken().named(name).with("uri", uri),
            Self::NotStarted { thing, name, uri } => thing.off().named(name).with("uri", uri),
            Self::Libvirt { doing, source, .. } => request::LIBVIRT_REFUSED
                .with("doing", doing)
                .with("why", cause::words(source)),
            Self::Connection(error) => error.message(),
            Self::Guest(error) => error.message(),
            Self::Storage(error) => error.message(),
            Self::Secret(error) => error.message(),
            Self::Job(error) => error.message(),
            Self::Invalid(message) | Self::Unsupported(message) => message.clone(),
            Self::Unfit { error, .. } => error.message(),
            Self::Io {
                doing,
                path,
                source,
            } => file::message(doing, path, source),
            Self::UnsafeFolder { path, fix } => file::unsafe_folder(path, *fix),
            Self::Xml(error) => error.message(),
            Self::Preview(error) => error.message(),
            Self::Shared(error) => error.message(),
            Self::Internal(words) => request::INTERNAL.with("words", words),
        }
    }

    /// Why it happened, without what was attempted.
    pub fn reason(&self) -> Message {
        match self {
            Self::Libvirt { source, .. } => cause::words(source),
            Self::Unfit { error, .. } => error.reason(),
            Self::Shared(error) => error.reason(),
            other => other.message(),
        }
    }

    /// What a person can do next.
    pub fn next(&self) -> NextStep {
        match self {
            Self::NotFound { thing, .. } => thing.find(),
            Self::Exists { .. } => NextStep::both(thing::OTHER_NAME),
            Self::NotStarted { thing, name, uri } => thing.start(uri, name),
            Self::Libvirt { uri, doing, source } => after_refusal(uri, doing, source),
            Self::Connection(error) => error.next(),
            Self::Guest(error) => error.next(),
            Self::Storage(error) => error.next(),
            Self::Secret(error) => error.next(),
            Self::Job(error) => error.next(),
            Self::Invalid(message) | Self::Unsupported(message) => request::next(message),
            Self::Unfit { error, .. } => error.next(),
            Self::Shared(error) => error.next(),
            Self::UnsafeFolder { path, fix } => file::mend_folder(path, *fix),
            Self::Preview(error) => error.next(),
            Self::Internal(_) => NextStep::both(request::REPORT),
            Self::Io { .. } | Self::Xml(_) => NextStep::default(),
        }
    }

    /// The sort of failure, for exit codes and for what a front end offers.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Libvirt { source, .. } => match source.reason() {
                Reason::NoGuest => ErrorKind::NotFound,
                Reason::NotAllowed => ErrorKind::Refused,
                Reason::Unsupported => ErrorKind::Unsupported,
                _ => ErrorKind::Failed,
            },
            Self::Connection(error) => error.kind(),
            Self::Guest(error) => error.kind(),
            Self::Storage(error) => error.kind(),
            Self::Secret(error) => error.kind(),
            Self::Job(error) => error.kind(),
            Self::Invalid(_) | Self::NotStarted { .. } => ErrorKind::Invalid,
            Self::Unsupported(_) => ErrorKind::Unsupported,
            Self::Shared(source) => source.kind(),
            Self::Unfit { error, .. } => error.kind(),
            Self::Exists { .. }
            | Self::Io { .. }
            | Self::UnsafeFolder { .. }
            | Self::Xml(_)
            | Self::Preview(_)
            | Self::Internal(_) => ErrorKind::Failed,
        }
    }

    /// Why libvirt refused, if that is known.
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Libvirt { source, .. } => Cause::of(&source.to_string()),
            Self::Shared(error) => error.cause(),
            Self::Unfit { error, .. } => error.cause(),
            _ => None,
        }
    }

    /// Whether the connection is gone.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Connection(ConnectionError::Lost { .. }) => true,
            Self::Shared(error) => error.is_lost(),
            _ => false,
        }
    }

    /// Whether the person called it off.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Job(JobError::Cancelled))
    }

    /// Wraps a failed libvirt call, sorting out a broken connection.
    pub(crate) fn libvirt(uri: &str, doing: impl Into<Message>, source: Failure) -> Self {
        let doing = doing.into();
        if source.reason() == Reason::ConnectionLost {
            Self::Connection(ConnectionError::Lost {
                uri: uri.to_owned(),
                doing,
            })
        } else {
            // What is told is shorter.
            tracing::info!(doing = doing.id(), error = %source, "libvirt refused");
            Self::Libvirt {
                uri: uri.to_owned(),
                doing,
                source,
            }
        }
    }

    /// Wraps a failed file operation; `doing` is of [`file`].
    pub(crate) fn io(
        doing: &'static Text,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

/// What to do after libvirt refused. A start and a creation always have a next step.
fn after_refusal(uri: &str, doing: &Message, source: &Failure) -> NextStep {
    use crate::model::doing;

    if let Some(cause) = Cause::of(&source.to_string()) {
        return cause.next(uri);
    }
    let is = |texts: &[&Text]| texts.iter().any(|text| text.id == doing.id());
    if is(&[doing::START]) {
        let wait = &waits::TO_RUN;
        wait.next
            .map(|(window, command)| NextStep::of(window, command))
            .unwrap_or_default()
    } else if is(&[
        doing::MAKE_POOL,
        doing::MAKE_DISK,
        doing::DEFINE,
        doing::CREATE,
    ]) {
        NextStep::both(cause::NOT_MADE)
    } else {
        NextStep::default()
    }
}

/// In English.
impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(formatter)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Libvirt { source, .. }
            | Self::Connection(ConnectionError::CannotConnect { source, .. })
            | Self::Secret(SecretError::Wrong { source, .. }) => Some(source),
            Self::Secret(SecretError::Keyring(error)) => error.source(),
            Self::Job(
                JobError::MadeNotStarted { source, .. } | JobError::LeftBehind { source, .. },
            ) => Some(&**source),
            Self::Unfit { error, .. } => error.source(),
            Self::Io { source, .. } => Some(source),
            Self::Xml(error) => error.source(),
            Self::Preview(error) => error.source(),
            Self::Shared(error) => error.source(),
            _ => None,
        }
    }
}

/// The tables of texts.
pub(crate) const TABLES: &[&[&Text]] = &[
    advice::ADVICE,
    cause::CAUSES,
    connection::CONNECTION,
    file::FILES,
    guest::GUEST,
    job::JOB,
    keyring::KEYRING,
    preview::PREVIEW,
    request::REQUESTS,
    request::STEPS,
    secret::SECRET,
    storage::STORAGE,
    thing::THINGS,
];

macro_rules! from_areas {
    ($($area:ident($kind:ty)),*) => {
        $(impl From<$kind> for Error {
            fn from(error: $kind) -> Self {
                Self::$area(error)
            }
        })*
    };
}
from_areas!(
    Connection(ConnectionError),
    Guest(GuestError),
    Storage(StorageError),
    Secret(SecretError),
    Job(JobError),
    Xml(XmlError),
    Preview(PreviewError)
);

impl From<KeyringError> for Error {
    fn from(error: KeyringError) -> Self {
        Self::Secret(SecretError::Keyring(error))
    }
}
