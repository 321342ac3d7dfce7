// SPDX-License-Identifier: GPL-3.0-or-later
//! Exit codes, and errors as a person reads them: what, why, what next.

use oriel::{Error, ErrorKind};

use crate::output;

/// Failed for another reason.
pub const FAILED: u8 = 1;
/// The command line made no sense.
pub const USAGE: u8 = 2;
/// The thing named does not exist.
pub const NOT_FOUND: u8 = 3;
/// Refused or not authenticated.
pub const REFUSED: u8 = 4;
/// The connection was lost or could not be made.
pub const LOST: u8 = 5;

/// Why a command did not do its work.
#[derive(Debug)]
pub enum Failure {
    /// The engine's own error.
    Engine(Error),
    /// An argument that clap could not check.
    Usage(String),
    /// Something of the command line's own.
    Other(String),
    /// Said already; only the exit code is left.
    Silent(u8),
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Engine(error) => match error.kind() {
                ErrorKind::NotFound => NOT_FOUND,
                ErrorKind::Refused => REFUSED,
                ErrorKind::ConnectionLost => LOST,
                _ => FAILED,
            },
            Self::Usage(_) => USAGE,
            Self::Other(_) => FAILED,
            Self::Silent(code) => *code,
        }
    }

    /// Prints it to standard error.
    pub fn print(&self) {
        match self {
            Self::Engine(error) => report("", error),
            Self::Usage(text) | Self::Other(text) => output::error(text),
            Self::Silent(_) => {}
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

/// Prints an error of the engine's as a person reads it: what and why, and on a line of its own
/// what next.
pub fn report(before: &str, error: &Error) {
    output::error(&format!("{before}{error}"));
    if let Some(next) = error.next().command {
        output::note(&next.to_string());
    }
}
