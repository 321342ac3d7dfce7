// SPDX-License-Identifier: GPL-3.0-or-later
//! Calls and their answers: a rule's where one fits, the scene's otherwise.

mod connect;
mod guests;
mod secrets;
mod storage;

use std::sync::Arc;

use oriel_wire::procedure::Procedure;
use oriel_wire::xdr::{self, XdrError};
use oriel_wire::{Call, Calls, Incoming, RemoteError, StreamPacket, frame};

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
            Incoming::Stream(packet) => finish(&calls, packet).await,
        }
    }
    stage.clients().remove(client);
}

/// Agrees with the end of a stream. What a client sends by it is lost.
async fn finish(calls: &Calls, packet: StreamPacket) {
    if packet.status == frame::Status::Continue {
        return;
    }
    let header = frame::Header {
        program: frame::REMOTE_PROGRAM,
        version: frame::REMOTE_VERSION,
        procedure: packet.procedure,
        kind: frame::Kind::Stream,
        serial: packet.serial,
        status: frame::Status::Ok,
    };
    let _ = calls.peer().send(header, &[], Vec::new()).await;
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
    // Who has gone in the meantime gets no answer.
    let _ = match wanted {
        Answer::Usual => match usual(&asked) {
            Ok(bytes) => {
                if let Some(gate) = sent {
                    gate.pass().await;
                }
                let replied = call.reply_raw(&bytes).await;
                afterwards(&asked).await;
                replied
            }
            Err(error) => call.fail(&error).await,
        },
        Answer::Bytes(bytes) => {
            let replied = call.reply_raw(&bytes).await;
            afterwards(&asked).await;
            replied
        }
        Answer::Failure(error) => call.fail(&error).await,
        Answer::HangUp => {
            call.peer().hang_up();
            Ok(())
        }
        Answer::Half(count) => {
            let bytes = half(count);
            let sent = call.peer().send_raw(bytes, Vec::new()).await;
            call.peer().end_after_sending().await;
            sent
        }
        Answer::Raw(bytes) => call.peer().send_raw(bytes, Vec::new()).await,
    };
}

/// The first bytes of a packet: its length of 28, and the program.
fn half(count: usize) -> Vec<u8> {
    let mut bytes = 28_u32.to_be_bytes().to_vec();
    bytes.extend(frame::REMOTE_PROGRAM.to_be_bytes());
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

/// What follows after an answer: a stream's data, and events.
async fn afterwards(asked: &Asked<'_>) {
    guests::afterwards(asked).await;
}

/// What is between two words of a document, the first time.
fn part(xml: &str, begin: &str, end: &str) -> Option<String> {
    let (_, rest) = xml.split_once(begin)?;
    Some(rest.split_once(end)?.0.to_owned())
}
