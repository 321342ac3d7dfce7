// SPDX-License-Identifier: GPL-3.0-or-later
//! How the keyring fails.

use secret_service::Error as ServiceError;

use crate::model::error::ErrorKind;

/// Why the keyring did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// No Secret Service answers on this session's bus.
    #[error("There is no keyring service in this session ({0})")]
    NoService(String),
    /// The keyring is locked, and nobody was to be asked to unlock it.
    #[error("The keyring is locked")]
    Locked,
    /// The person closed the keyring's own prompt, or it could not be shown.
    #[error("The keyring stayed locked: its prompt was cancelled or could not be shown")]
    Dismissed,
    /// The service went away while its prompt was open.
    #[error("The keyring service ended while it was asking")]
    ServiceEnded,
    /// An item was stored, but what came back was different.
    #[error("The keyring did not give back the passphrase that was just stored in it")]
    ReadBackDiffers,
    /// The item holds something that can't be a passphrase.
    #[error("The keyring's item for this virtual machine is damaged: {0}")]
    Damaged(String),
    /// Any other failure of the service.
    #[error("The keyring failed: {0}")]
    Failed(#[source] ServiceError),
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

    pub(crate) fn next_step(&self) -> Option<String> {
        Some(
            match self {
                Self::NoService(_) => {
                    "Start a keyring (gnome-keyring, KWallet or KeePassXC) in this session, or \
                     give a passphrase of your own with --passphrase-file"
                }
                Self::Locked | Self::Dismissed => {
                    "Unlock the keyring, for instance in “Passwords and Keys” or KeePassXC, allow what \
                     it asks, and try again"
                }
                Self::ServiceEnded => "Log in again or start the keyring service, then try again",
                Self::ReadBackDiffers | Self::Damaged(_) => {
                    "Look at the item in “Passwords and Keys”"
                }
                Self::Failed(_) => return None,
            }
            .to_owned(),
        )
    }
}

impl From<ServiceError> for KeyringError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Prompt => Self::Dismissed,
            ServiceError::Locked => Self::Locked,
            ServiceError::PromptDisconnected => Self::ServiceEnded,
            ServiceError::Unavailable => Self::NoService("no session bus".into()),
            ServiceError::Zbus(ref inner) if is_missing_service(inner) => {
                Self::NoService("nothing provides org.freedesktop.secrets".into())
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
