// SPDX-License-Identifier: GPL-3.0-or-later
//! Questions from the engine to the person, through the one front end that answers them.
//!
//! A question carries the channel of its answer. A front end that drops the channel has
//! declined: the operation ends as refused and leaves nothing behind.

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::secret::Passphrase;

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
}

/// What a passphrase is wanted for.
#[derive(Clone, Debug)]
pub struct PassphraseRequest {
    /// The guest's name.
    pub domain: String,
    /// Which disk or device: "disk vda".
    pub place: String,
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
    /// There is no keyring service; the text says what failed.
    NoService(String),
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
}

impl Agent {
    /// An agent that passes questions on to `sender`.
    pub fn new(sender: mpsc::Sender<Question>) -> Self {
        Self {
            sender: Some(sender),
        }
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
