// SPDX-License-Identifier: GPL-3.0-or-later
//! Calls and their answers: a rule's where one fits, the scene's otherwise.

mod connect;
mod guests;
mod secrets;
mod storage;

use std::sync::Arc;

use oriel_wire::frame::{REMOTE_PROGRAM, Status};
use oriel_wire::procedure::Procedure;
use oriel_wire::xdr::{self, XdrError};
use oriel_wire::{Call, Calls, Incoming, RemoteError};

use super::rule::Answer;
use super::stage::Stage;

/// How a call went: the answer in XDR, or what went wrong.
pub(super) type Outcome = Result<Vec<u8>, RemoteError>;

/// A call, and what it is asked of.
pub(super) struct Asked<'a> {
    pub(super) call: &'a Call,
    pub(super) stage: &'a Stage,
    pub(super) client: i32,
}

impl Asked<'_> {
    /// Answers a call from its arguments.
    pub(super) fn by<P: Procedure>(
        &self,
        answer: impl FnOnce(P::Args) -> Result<P::Reply, RemoteError>,
    ) -> Outcome {
        let malformed = |_: XdrError| RemoteError::malformed(P::NUMBER);
        let args = self.call.args::<P>().map_err(malformed)?;
        xdr::encode(&answer(args)?).map_err(malformed)
    }
}

/// Serves a connection until it ends. Each call is a task of its own, as each is a thread of
/// libvirtd's, so that one that never ends holds up no other.
pub(super) async fn serve(stage: Arc<Stage>, mut calls: Calls) {
    let client = stage.clients().add(calls.peer().clone());
    while let Some(incoming) = calls.next().await {
        match incoming {
            Incoming::Call(call) => {
                let stage = stage.clone();
                tokio::spawn(async move { answer(&stage, client, &call).await });
            }
            // What a client sends by a stream is lost; that it ends is agreed with.
            Incoming::Stream(packet) if packet.status() == Status::Continue => {}
            Incoming::Stream(packet) => {
                let _ = packet.stream().finish().await;
            }
        }
    }
    stage.clients().remove(client);
}

async fn answer(stage: &Stage, client: i32, call: &Call) {
    let rule = stage.rule_for(call.procedure(), call.raw_args());
    if let Some(rule) = &rule {
        tokio::time::sleep(rule.delay).await;
        if let Some(gate) = &rule.gate {
            gate.pass().await;
        }
    }
    let asked = Asked {
        call,
        stage,
        client,
    };
    let (sent, wanted) = match rule {
        Some(rule) => (rule.sent, rule.answer),
        None => (None, Answer::Usual),
    };
    let outcome = match wanted {
        Answer::Usual => usual(&asked),
        Answer::Bytes(bytes) => Ok(bytes),
        Answer::Failure(error) => Err(error),
        Answer::HangUp => return call.peer().hang_up(),
        Answer::Half(count) => {
            let _ = call.peer().send_raw(half(count), Vec::new()).await;
            return call.peer().end_after_sending().await;
        }
        Answer::Raw(bytes) => {
            let _ = call.peer().send_raw(bytes, Vec::new()).await;
            return;
        }
    };
    if let Some(gate) = sent {
        gate.pass().await;
    }
    // Who has gone in the meantime gets no answer.
    match outcome {
        Ok(bytes) => {
            let _ = call.reply_raw(&bytes).await;
            guests::afterwards(&asked).await;
        }
        Err(error) => {
            let _ = call.fail(&error).await;
        }
    }
}

/// The first bytes of a packet: its length of 28, and the program.
fn half(count: usize) -> Vec<u8> {
    let mut bytes = 28_u32.to_be_bytes().to_vec();
    bytes.extend(REMOTE_PROGRAM.to_be_bytes());
    bytes.resize(28, 0);
    bytes.truncate(count);
    bytes
}

/// What the scene says.
fn usual(asked: &Asked<'_>) -> Outcome {
    let found = connect::answer(asked)
        .or_else(|| guests::answer(asked))
        .or_else(|| storage::answer(asked))
        .or_else(|| secrets::answer(asked));
    let unknown = || Err(RemoteError::unknown_procedure(asked.call.procedure()));
    found.unwrap_or_else(unknown)
}

/// What is between two words of a document, the first time.
fn part(xml: &str, begin: &str, end: &str) -> Option<String> {
    let (_, rest) = xml.split_once(begin)?;
    Some(rest.split_once(end)?.0.to_owned())
}
