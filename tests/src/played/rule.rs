// SPDX-License-Identifier: GPL-3.0-or-later
//! What a played daemon does in another way than a sound one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use oriel_wire::procedure::Procedure;
use oriel_wire::{RemoteError, xdr};
use tokio::sync::watch;

/// Where calls are held up until a test lets them go on.
#[derive(Clone, Debug)]
pub struct Gate {
    open: watch::Sender<bool>,
    arrived: Arc<AtomicUsize>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            open: watch::Sender::new(false),
            arrived: Arc::default(),
        }
    }
}

impl Gate {
    /// Lets all go on, also those that come later.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// How many have come.
    pub fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }

    /// Waits until one has come.
    ///
    /// # Panics
    ///
    /// Where none comes in ten seconds.
    #[track_caller]
    pub fn await_arrival(&self) {
        super::await_that("a call at the gate", || self.arrived() > 0);
    }

    pub(super) async fn pass(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        // The sender is in the gate itself.
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }
}

/// What is sent in place of the usual answer.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Usual,
    Bytes(Vec<u8>),
    Failure(RemoteError),
    /// No answer, and the connection ends.
    HangUp,
    /// So many bytes of the usual answer's packet, and the connection ends.
    Half(usize),
    /// Bytes that need not be a packet.
    Raw(Vec<u8>),
}

/// A call, which times, and what is done then.
#[derive(Clone, Debug)]
pub struct Rule {
    pub(super) procedure: i32,
    pub(super) about: Option<Vec<u8>>,
    pub(super) left: usize,
    pub(super) delay: Duration,
    pub(super) gate: Option<Gate>,
    /// Where the answer waits, once all is done.
    pub(super) sent: Option<Gate>,
    pub(super) answer: Answer,
}

impl Rule {
    /// Of a call: each time, and the usual answer until more is said.
    pub fn on<P: Procedure>() -> Self {
        Self {
            procedure: P::NUMBER,
            about: None,
            left: usize::MAX,
            delay: Duration::ZERO,
            gate: None,
            sent: None,
            answer: Answer::Usual,
        }
    }

    /// Only where the call names this (a guest's name, a path).
    #[must_use]
    pub fn about(mut self, name: &str) -> Self {
        self.about = Some(name.as_bytes().to_vec());
        self
    }

    /// Only the next so many times.
    #[must_use]
    pub fn times(mut self, count: usize) -> Self {
        self.left = count;
        self
    }

    /// Later.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// As soon as a gate is open. Where it is never opened, never.
    #[must_use]
    pub fn held(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    /// At once, but who has asked learns of it as soon as a gate is open.
    #[must_use]
    pub fn done_and_held(mut self, gate: &Gate) -> Self {
        self.sent = Some(gate.clone());
        self
    }

    /// Never.
    #[must_use]
    pub fn never(self) -> Self {
        self.held(&Gate::default())
    }

    /// Answers with another value than the scene's.
    ///
    /// # Panics
    ///
    /// Where the value has no form in XDR.
    #[must_use]
    pub fn answers<P: Procedure>(mut self, reply: &P::Reply) -> Self {
        assert_eq!(self.procedure, P::NUMBER, "the answer of another call");
        self.answer = Answer::Bytes(xdr::encode(reply).unwrap());
        self
    }

    /// Answers with bytes that need not be what the call gives.
    #[must_use]
    pub fn answers_bytes(mut self, bytes: Vec<u8>) -> Self {
        self.answer = Answer::Bytes(bytes);
        self
    }

    /// Says that it went wrong.
    #[must_use]
    pub fn fails(mut self, code: i32, origin: i32, message: &str) -> Self {
        self.answer = Answer::Failure(RemoteError::new(code, origin, message));
        self
    }

    /// Says that it has no such call.
    #[must_use]
    pub fn is_unknown(mut self) -> Self {
        self.answer = Answer::Failure(RemoteError::unknown_procedure(self.procedure));
        self
    }

    /// Ends the connection in place of an answer.
    #[must_use]
    pub fn hangs_up(mut self) -> Self {
        self.answer = Answer::HangUp;
        self
    }

    /// Ends the connection after so many bytes of an empty answer.
    #[must_use]
    pub fn dies_after(mut self, bytes: usize) -> Self {
        self.answer = Answer::Half(bytes);
        self
    }

    /// Sends bytes that need not be a packet.
    #[must_use]
    pub fn sends(mut self, bytes: Vec<u8>) -> Self {
        self.answer = Answer::Raw(bytes);
        self
    }

    pub(super) fn fits(&self, procedure: i32, args: &[u8]) -> bool {
        let named = |name: &Vec<u8>| args.windows(name.len()).any(|part| part == name);
        self.procedure == procedure && self.left > 0 && self.about.as_ref().is_none_or(named)
    }
}
