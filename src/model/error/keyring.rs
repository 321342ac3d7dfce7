// SPDX-License-Identifier: GPL-3.0-or-later
//! How the keyring fails.

use secret_service::Error as ServiceError;

use super::ErrorKind;
use super::told::NextStep;
use crate::message::{Message, mark, texts};

/// Why the keyring did not do what was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyringError {
    /// No Secret Service answers on this session's bus. The text says what failed.
    NoService(Message),
    /// The keyring is locked, and nobody was to be asked to unlock it.
    Locked,
    /// The person closed the keyring's own prompt, or it could not be shown.
    Dismissed,
    /// The service went away while its prompt was open.
    ServiceEnded,
    /// An item was stored, but what came back was different.
    ReadBackDiffers,
    /// The item holds something that can't be a passphrase.
    Damaged(Message),
    /// Any other failure of the service.
    Failed(ServiceError),
}

texts! {
    /// What is said of the keyring.
    KEYRING;
    NO_SERVICE = "no-keyring", mark("There is no keyring in this session ({why}).");
    NO_BUS = "keyring-no-bus", mark("no session bus");
    NOBODY = "keyring-nobody", mark("nothing provides org.freedesktop.secrets");
    IN_MEMORY = "keyring-in-memory", mark("its default collection is kept in memory only");
    BUS_SAYS = "keyring-bus-says", mark("the session bus says: {words}");
    LOCKED = "keyring-locked", mark("The keyring is locked.");
    DISMISSED = "keyring-dismissed", mark("The keyring is still locked: its dialog was canceled or could not be shown.");
    SERVICE_ENDED = "keyring-ended", mark("The keyring ended while it was asking.");
    READ_BACK_DIFFERS = "keyring-differs", mark("The keyring did not give back the passphrase that was just stored in it.");
    DAMAGED = "keyring-damaged", mark("The keyring’s item for this virtual machine is damaged. {why}");
    FAILED = "keyring-failed", mark("The keyring failed: {words}.");
    START_KEYRING = "start-keyring", mark("Start a keyring in this session (GNOME Keyring, KWallet or KeePassXC), or choose a passphrase of your own.");
    START_KEYRING_COMMAND = "start-keyring-command", "Start a keyring in this session (GNOME Keyring, KWallet or KeePassXC), or give a passphrase of your own with --passphrase-file.";
    UNLOCK = "unlock-keyring", mark("Try again and type the keyring’s password, which mostly is that of your login.");
    UNLOCK_FIRST = "unlock-keyring-first", "Unlock the keyring, for instance in “Passwords and Keys” or KeePassXC, allow what it asks, and try again.";
    LOG_IN_AGAIN = "log-in-again", mark("Log in again or start the keyring, then try again.");
    LOOK_AT_ITEM = "look-at-item", mark("Look at the item in “Passwords and Keys”.");
}

impl KeyringError {
    /// The sort of failure.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoService(_) | Self::Locked | Self::Dismissed | Self::ServiceEnded => {
                ErrorKind::Refused
            }
            _ => ErrorKind::Failed,
        }
    }

    /// What happened.
    pub fn message(&self) -> Message {
        match self {
            Self::NoService(why) => NO_SERVICE.with("why", why),
            Self::Locked => LOCKED.into(),
            Self::Dismissed => DISMISSED.into(),
            Self::ServiceEnded => SERVICE_ENDED.into(),
            Self::ReadBackDiffers => READ_BACK_DIFFERS.into(),
            Self::Damaged(why) => DAMAGED.with("why", why),
            Self::Failed(source) => FAILED.with("words", source.to_string()),
        }
    }

    pub(crate) fn next(&self) -> NextStep {
        match self {
            Self::NoService(_) => NextStep::of(START_KEYRING, START_KEYRING_COMMAND),
            Self::Locked | Self::Dismissed => NextStep::of(UNLOCK, UNLOCK_FIRST),
            Self::ServiceEnded => NextStep::both(LOG_IN_AGAIN),
            Self::ReadBackDiffers | Self::Damaged(_) => NextStep::both(LOOK_AT_ITEM),
            Self::Failed(_) => NextStep::default(),
        }
    }
}

impl std::fmt::Display for KeyringError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(formatter)
    }
}

impl std::error::Error for KeyringError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(source) => Some(source),
            _ => None,
        }
    }
}

impl From<ServiceError> for KeyringError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Prompt => Self::Dismissed,
            ServiceError::Locked => Self::Locked,
            ServiceError::PromptDisconnected => Self::ServiceEnded,
            ServiceError::Unavailable => Self::NoService(NO_BUS.into()),
            ServiceError::Zbus(ref inner) if is_missing_service(inner) => {
                Self::NoService(NOBODY.into())
            }
            other => Self::Failed(other),
        }
    }
}

fn is_missing_service(error: &zbus::Error) -> bool {
    match error {
        zbus::Error::MethodError(name, _, _) => {
            let name = name.as_str();
            name.ends_with(".ServiceUnknown")
                || name.contains(".Spawn.")
                || name.ends_with(".NameHasNoOwner")
        }
        zbus::Error::FDO(inner) => matches!(
            **inner,
            zbus::fdo::Error::ServiceUnknown(_) | zbus::fdo::Error::NameHasNoOwner(_)
        ),
        zbus::Error::InputOutput(_) | zbus::Error::Address(_) => true,
        _ => false,
    }
}
