// SPDX-License-Identifier: GPL-3.0-or-later
//! Questions from the engine to the person, through the one front end that answers them.
//!
//! A question carries the channel of its answer. A front end that drops the channel has
//! declined: the operation ends as refused and leaves nothing behind.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::message::Message;
use crate::model::host::HostIdentity;
use crate::model::item::ItemNote;
use crate::model::passphrase::Passphrase;

/// Something that only the person can answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Question {
    /// The passphrase of an encrypted disk.
    Passphrase {
        /// What it opens and why it has to be typed.
        request: PassphraseRequest,
        /// Where the answer goes.
        reply: oneshot::Sender<PassphraseAnswer>,
    },
    /// Whether a passphrase that was stored for another host may go to this one. Without an
    /// answer it does not, and the operation ends as refused.
    HandOver {
        /// Which passphrase, and both hosts.
        request: HandOverRequest,
        /// Where the answer goes.
        reply: oneshot::Sender<HandOverAnswer>,
    },
    /// User name, password or the like for a hypervisor connection
    /// (`virConnectAuthCallbackPtr`).
    Credentials {
        /// The connection that asks.
        uri: String,
        /// What it wants to know, in order.
        requests: Vec<CredentialRequest>,
        /// One answer a request, in the same order.
        reply: oneshot::Sender<Vec<Passphrase>>,
    },
    /// Something that ssh wants to know; only with [`Agent::with_askpass`].
    Ssh {
        /// What it asks.
        request: SshRequest,
        /// Where the answer goes; “yes” or “no” to a [`SshKind::Confirm`].
        reply: oneshot::Sender<Passphrase>,
    },
}

/// One of ssh's questions.
#[derive(Clone, Debug)]
pub struct SshRequest {
    /// The connection that is being opened.
    pub uri: String,
    /// The question in ssh's words; several lines for a host key.
    pub prompt: String,
    /// What sort of answer it wants.
    pub kind: SshKind,
}

/// What sort of answer ssh wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SshKind {
    /// A password or a key's passphrase: not to be shown while it is typed.
    Secret,
    /// “yes” or “no”, such as whether an unknown host's key is to be trusted.
    Confirm,
}

/// The program that ssh runs to ask something: the front end's own, in its helper mode.
#[derive(Clone, Debug)]
pub struct AskpassProgram {
    /// Its path.
    pub program: PathBuf,
    /// The arguments that choose the helper mode.
    pub arguments: Vec<String>,
}

/// What a passphrase is wanted for.
#[derive(Clone, Debug)]
pub struct PassphraseRequest {
    /// The guest's name.
    pub domain: String,
    /// Which disk or device: "disk vda".
    pub place: String,
    /// The host that gets it.
    pub host: HostIdentity,
    /// The libvirt secret that will carry it.
    pub secret: Uuid,
    /// Why the keyring could not answer.
    pub reason: AskReason,
}

/// Why the person is asked although there is a keyring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskReason {
    /// The keyring holds no item for this secret.
    NotStored,
    /// The one that the keyring holds does not open the disk; or, if `among` is more than one,
    /// not all of so many disks, of which this is one.
    DoesNotOpen {
        /// How many passphrases came from the keyring.
        among: usize,
    },
    /// The keyring holds one for another host, which the person does not hand over.
    KeptForOther,
    /// There is no keyring service; the text says what failed.
    NoService(Message),
}

impl AskReason {
    /// Whether there is a keyring that could keep the answer.
    pub fn can_keep(&self) -> bool {
        !matches!(self, Self::NoService(_))
    }
}

/// A passphrase in the keyring that a host asks for which it was not stored for.
#[derive(Clone, Debug)]
pub struct HandOverRequest {
    /// The guest that asks for it, by the name that its host gives.
    pub domain: String,
    /// Which disk or device: "disk vda".
    pub place: String,
    /// The host that would get it.
    pub host: HostIdentity,
    /// What the keyring's item says about itself.
    pub note: ItemNote,
}

/// The person's answer to [`Question::HandOver`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOverAnswer {
    /// The host may have it, now and later.
    HandOver,
    /// It stays; another passphrase is to be typed.
    TypeAnother,
}

/// The person's answer to a passphrase question.
#[derive(Debug)]
pub struct PassphraseAnswer {
    /// What they typed.
    pub passphrase: Passphrase,
    /// Whether to keep it in the keyring once it has proved right.
    pub store: bool,
}

/// One thing that libvirt wants to know at login.
#[derive(Clone, Debug)]
pub struct CredentialRequest {
    /// libvirt's prompt.
    pub prompt: String,
    /// A suggested answer.
    pub default: Option<String>,
    /// Whether the answer may be shown while it is typed.
    pub echo: bool,
}

/// Sends questions to the registered front end, if there is one.
#[derive(Clone, Debug, Default)]
pub struct Agent {
    sender: Option<mpsc::Sender<Question>>,
    askpass: Option<Arc<AskpassProgram>>,
}

impl Agent {
    /// An agent that passes questions on to `sender`.
    pub fn new(sender: mpsc::Sender<Question>) -> Self {
        Self {
            sender: Some(sender),
            askpass: None,
        }
    }

    /// Has ssh's own questions asked through this agent as well, instead of on the terminal.
    /// `program` with `arguments` must hand the words that follow them to
    /// [`crate::askpass::help`].
    #[must_use]
    pub fn with_askpass(mut self, program: PathBuf, arguments: Vec<String>) -> Self {
        self.askpass = Some(Arc::new(AskpassProgram { program, arguments }));
        self
    }

    pub(crate) fn askpass(&self) -> Option<&AskpassProgram> {
        self.askpass.as_deref()
    }

    /// Asks, and waits for the answer. `None`: nobody is there, or they declined.
    pub async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Question) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.sender.as_ref()?.send(question(reply)).await.ok()?;
        answer.await.ok()
    }

    /// As [`Agent::ask`], from a thread that may block (libvirt's callbacks).
    pub fn ask_blocking<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<T>) -> Question,
    ) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.sender.as_ref()?.blocking_send(question(reply)).ok()?;
        answer.blocking_recv().ok()
    }
}
