// SPDX-License-Identifier: GPL-3.0-or-later
//! Why what a creation left must stay.

/// Why what a creation left is not undone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotUndone {
    /// An Oriel from before hosts were noted wrote the journal.
    HostNotNoted,
    /// The connection leads to another host than it did.
    OtherHost {
        /// The connection.
        uri: String,
    },
    /// The pool of that name is another one.
    OtherPool {
        /// The pool's name.
        pool: String,
    },
    /// Nothing proves that the volume is this job's.
    NotProven {
        /// The volume's path.
        path: String,
    },
    /// The disk is not in its pool, and may come yet or have been moved.
    DiskNotFound,
    /// The guest may have been defined, and used, before it went.
    MayHaveBeenUsed,
}
