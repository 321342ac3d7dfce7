// SPDX-License-Identifier: GPL-3.0-or-later
//! Why what a creation left must stay.

/// Why what a creation left is not undone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotUndone {
    /// An Oriel from before hosts were noted wrote the journal.
    #[error("its journal does not say on which host it was made")]
    HostNotNoted,
    /// The connection leads to another host than it did.
    #[error("{uri} leads to another host now than when it was made")]
    OtherHost {
        /// The connection.
        uri: String,
    },
    /// The pool of that name is another one.
    #[error("the storage pool “{pool}” is not the one that it was made in")]
    OtherPool {
        /// The pool's name.
        pool: String,
    },
    /// Nothing proves that the volume is this job's.
    #[error("nothing proves that the disk {path} is of its making")]
    NotProven {
        /// The volume's path.
        path: String,
    },
    /// The disk is not in its pool, and may come yet or have been moved.
    #[error("its disk was not found, so its passphrase stays")]
    DiskNotFound,
    /// The guest may have been defined, and used, before it went.
    #[error("it may have been used since: it was being defined when Oriel ended, and is gone now")]
    MayHaveBeenUsed,
}
