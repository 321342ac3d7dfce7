// SPDX-License-Identifier: GPL-3.0-or-later
//! What can go wrong while a private part is started, asked or ended.
//!
//! Owns the crate's one error type. It does not own exit codes or translated text; the
//! front ends choose those.

use std::path::PathBuf;
use std::time::Duration;

/// The result of everything fallible in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a private part could not be started, asked or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program that this part is made of is not installed.
    #[error(
        "The program {program} is not installed; on Debian and Ubuntu it is in the package {package}"
    )]
    Missing {
        /// The program's name, as it would be typed.
        program: String,
        /// The package that holds it on Debian and Ubuntu.
        package: String,
    },
    /// A file or process could not be read, written or started.
    #[error("Could not {what}: {source}")]
    Io {
        /// The attempted action, to follow "could not".
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program ran and said that it failed.
    #[error("{what} failed: {output}")]
    Failed {
        /// The program or action.
        what: String,
        /// What it printed, or the end of its log.
        output: String,
    },
    /// Something that was awaited did not happen in time.
    #[error("Waited {} s for {what}, in vain: {last}", after.as_secs())]
    Timeout {
        /// What was awaited.
        what: String,
        /// For how long.
        after: Duration,
        /// The last state seen, or the end of a log.
        last: String,
    },
    /// This machine or this user can't have the part.
    #[error("{what} cannot be had here: {why}")]
    Unsupported {
        /// The part that was asked for.
        what: String,
        /// The reason, in plain words.
        why: String,
    },
    /// No kernel that a small guest can boot was found.
    #[error(
        "No kernel for small guests was found; looked in {}; scripts/setup fetches one",
        looked.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    NoKernel {
        /// Every place that was tried.
        looked: Vec<PathBuf>,
    },
}

impl Error {
    /// Makes an [`Error::Io`] from an action and the system's answer.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
