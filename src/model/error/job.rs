// SPDX-License-Identifier: GPL-3.0-or-later
//! How a job ends that did not do all of its work.

use super::told::NextStep;
use super::{Error, ErrorKind, NotUndone};
use crate::message::{Message, mark, texts};

/// What became of a job.
#[derive(Debug)]
#[non_exhaustive]
pub enum JobError {
    /// The person called it off; everything begun has been undone.
    Cancelled,
    /// A guest was made and could not be started.
    MadeNotStarted {
        /// The guest.
        name: String,
        /// Why it did not start.
        source: Box<Error>,
    },
    /// A step failed and its undoing failed as well.
    LeftBehind {
        /// The failure that started it.
        source: Box<Error>,
        /// What is left and why.
        left: Box<Error>,
    },
    /// What a creation left must stay, since it can't be proven to be its own and unused.
    NotUndone {
        /// The guest that was to be made.
        name: String,
        /// Why nothing is undone.
        why: NotUndone,
    },
}

texts! {
    /// What is said of jobs.
    JOB;
    CANCELLED = "cancelled", mark("Canceled.");
    MADE_NOT_STARTED = "made-not-started", mark("“{name}” was created, but did not start. {why}");
    LEFT_BEHIND = "left-behind", mark("{why} Undoing what was begun failed, too. {left}");
    NOT_UNDONE = "not-undone", mark("What is left of “{name}” stays as it is. {why}");
    HOST_NOT_NOTED = "host-not-noted", mark("Its journal does not say on which host it was created.");
    OTHER_HOST = "undo-other-host", mark("{uri} leads to another host now than when it was created.");
    OTHER_POOL = "undo-other-pool", mark("The storage pool “{name}” is not the one that it was created in.");
    NOT_PROVEN = "undo-not-proven", mark("Nothing proves that the disk {path} was created for it.");
    DISK_NOT_FOUND = "undo-disk-not-found", mark("Its disk was not found, so its passphrase stays.");
    MAY_BE_USED = "undo-may-be-used", mark("It may have been used: it was nearly complete when Oriel stopped, and is gone now.");
    LEFT_POOL = "left-pool", mark("storage pool “{name}”");
    LEFT_KEY = "left-key", mark("keyring item of secret {secret}");
    LEFT_DISK = "left-disk", mark("disk {path}");
    LEFT_GUEST = "left-guest", mark("virtual machine “{name}”");
    LEFT_PROCESS = "left-process", mark("its running process");
    PERHAPS = "left-perhaps", mark("{what} (perhaps)");
    NOTHING_LEFT = "nothing-left", mark("Nothing was left behind.");
    OFF_WITH_DISKS = "off-with-disks", mark("It is off, with its disk and its passphrase. Start it again, or delete it.");
    ASKED_AGAIN = "asked-again", mark("When Oriel starts again, it shows what is left and offers to remove it.");
    CLEANUP = "cleanup-command", "“orielctl cleanup” shows what is left and removes it.";
    KEEP = "keep-everything", mark("Look at it yourself. When Oriel asks again, “Keep Everything” ends the question and deletes nothing.");
    KEEP_COMMAND = "keep-command", "Look at it yourself. “orielctl cleanup --keep” forgets the journals of what can’t be undone, and deletes nothing.";
}

impl JobError {
    pub(super) fn message(&self) -> Message {
        match self {
            Self::Cancelled => CANCELLED.into(),
            Self::MadeNotStarted { name, source } => {
                MADE_NOT_STARTED.named(name).with("why", source.reason())
            }
            Self::LeftBehind { source, left } => LEFT_BEHIND
                .with("why", source.message())
                .with("left", left.message()),
            Self::NotUndone { name, why } => NOT_UNDONE.named(name).with("why", why.message()),
        }
    }

    pub(super) fn next(&self) -> NextStep {
        match self {
            Self::Cancelled => NextStep::both(NOTHING_LEFT),
            Self::MadeNotStarted { source, .. } => source.next().or(OFF_WITH_DISKS),
            Self::LeftBehind { .. } => NextStep::of(ASKED_AGAIN, CLEANUP),
            Self::NotUndone { .. } => NextStep::of(KEEP, KEEP_COMMAND),
        }
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::Cancelled => ErrorKind::Cancelled,
            Self::MadeNotStarted { source, .. } | Self::LeftBehind { source, .. } => source.kind(),
            Self::NotUndone { .. } => ErrorKind::Busy,
        }
    }
}

impl NotUndone {
    fn message(&self) -> Message {
        match self {
            Self::HostNotNoted => HOST_NOT_NOTED.into(),
            Self::OtherHost { uri } => OTHER_HOST.with("uri", uri),
            Self::OtherPool { pool } => OTHER_POOL.named(pool),
            Self::NotProven { path } => NOT_PROVEN.with("path", path),
            Self::DiskNotFound => DISK_NOT_FOUND.into(),
            Self::MayHaveBeenUsed => MAY_BE_USED.into(),
        }
    }
}
