// SPDX-License-Identifier: GPL-3.0-or-later
//! What the assistant is started with, hears and says.

use oriel::message::Message;
use std::path::PathBuf;
use std::sync::Arc;

use oriel::Error;
use oriel::guest::create::{Created, Offers, Plan};
use oriel::job::Progress;

use super::strength::Strength;
use crate::engine::{ConnectionId, Engine, GuestKey};

/// What the assistant is started with.
#[derive(Debug)]
pub struct AssistantInit {
    /// The engine.
    pub engine: Arc<Engine>,
    /// An ISO image that the person wants to start from.
    pub iso: Option<PathBuf>,
    /// The connection that is proposed.
    pub connection: Option<ConnectionId>,
    /// The connections that are online, with their URIs.
    pub online: Vec<(ConnectionId, String)>,
}

/// A file that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFor {
    /// The ISO image.
    Iso,
    /// The kernel.
    Kernel,
    /// The initial ramdisk.
    Initrd,
}

/// What the person does.
#[derive(Debug)]
pub enum AssistantMsg {
    /// To the step before, or away from the first.
    Back,
    /// On.
    Next,
    /// The window's own ways to close it: Escape, or the desktop's.
    Leave,
    /// Something but a passphrase was edited.
    Edited,
    /// A passphrase was edited.
    PassphraseEdited,
    /// Another connection was chosen.
    Connection,
    /// A file is to be looked for.
    Browse(FileFor),
    /// A file was found.
    Picked(FileFor, PathBuf),
    /// The generated passphrase is to be shown, or hidden again.
    Reveal,
    /// It is to go into the clipboard.
    Copy,
}

/// What the background sends.
#[derive(Debug)]
pub enum AssistantCmd {
    /// What a new guest can have there, and whether the keyring answers (else why not).
    Offers(ConnectionId, Result<Offers, Error>, Result<(), Message>),
    /// Whether there is what the guest is to start from.
    Source(Result<(), Error>),
    /// The checked request.
    Planned(Result<Plan, Error>),
    /// The strength of the passphrase that was typed as number so and so.
    Strength(u64, Strength),
    /// How far the creation is.
    Progress(Progress),
    /// It has ended.
    Ended(Result<Created, Error>),
}

/// What the assistant says.
#[derive(Debug)]
pub enum AssistantOutput {
    /// The guest was made, and is to be shown.
    Created(GuestKey),
    /// The window is closed.
    Closed,
}
