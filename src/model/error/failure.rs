// SPDX-License-Identifier: GPL-3.0-or-later
//! How a call of the hypervisor's failed: what sort of failure it is, and the hypervisor's words.

use std::fmt;

/// What sort of failure it is, as far as anybody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// There is no such virtual machine.
    NoGuest,
    /// There is no such storage pool.
    NoPool,
    /// There is no such volume.
    NoVolume,
    /// There is no such network.
    NoNetwork,
    /// There is no such secret, or it has no value.
    NoSecret,
    /// The connection is gone or could not be made.
    ConnectionLost,
    /// Signing in failed, was cancelled or is not possible, or the person lacks the right.
    NotAllowed,
    /// The driver, the daemon or this guest's configuration can't do it.
    Unsupported,
    /// An argument is wrong. A driver that lacks a flag answers like this, too.
    InvalidArgument,
    /// The system refused something.
    System,
    /// Anything else.
    Other,
}

/// A failed call of the hypervisor's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    reason: Reason,
    message: String,
}

impl Failure {
    /// A failure of that sort, in the hypervisor's words.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { reason, message }
    }

    /// What sort of failure it is.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// Whether there is no such virtual machine.
    pub fn is_no_guest(&self) -> bool {
        self.reason == Reason::NoGuest
    }

    /// Whether the driver, the daemon or the guest's configuration can't do it.
    pub fn is_unsupported(&self) -> bool {
        self.reason == Reason::Unsupported
    }

    /// Whether the driver does not know what was asked for: a function, or a flag.
    pub fn is_unknown(&self) -> bool {
        matches!(self.reason, Reason::Unsupported | Reason::InvalidArgument)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// `None` for what is said to be absent; any other failure proves no absence.
///
/// # Errors
/// Every failure but the one of that reason.
pub fn unless_absent<T>(
    answer: std::result::Result<T, Failure>,
    absent: Reason,
) -> std::result::Result<Option<T>, Failure> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.reason == absent => Ok(None),
        Err(failure) => Err(failure),
    }
}
