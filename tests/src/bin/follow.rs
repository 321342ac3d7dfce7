// SPDX-License-Identifier: GPL-3.0-or-later
//! A front end as small as can be: it follows the inventory of each connection that it is told
//! on its command line, several at once, and prints every change as a line of JSON.
//!
//! With `--answers FILE` first, its agent answers the engine's questions by that file's lines, in
//! turn; at the file's end, and without one, it declines. ssh's questions come to it through its
//! own helper mode, `--askpass`.

#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::collections::{BTreeMap, VecDeque};

use oriel::Connection;
use oriel::agent::{Agent, CredentialRequest, Question};
use oriel::askpass;
use oriel::connection::{Inventory, Status};
use oriel::secret::Passphrase;
use serde_json::json;
use tokio::sync::mpsc;

/// Chooses the helper mode.
const ASKPASS: &str = "--askpass";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut uris: Vec<String> = std::env::args().skip(1).collect();
    if uris.first().is_some_and(|word| word == ASKPASS) {
        std::process::exit(i32::from(!askpass::help(&uris[1..])));
    }
    let mut answers = VecDeque::new();
    if uris.first().is_some_and(|word| word == "--answers") {
        let file = uris.drain(..2).nth(1).unwrap_or_default();
        answers = std::fs::read_to_string(file)?
            .lines()
            .map(str::to_owned)
            .collect();
    }
    let own = std::env::current_exe()?;
    let agent = agent(answers).with_askpass(own, vec![ASKPASS.to_owned()]);
    let following = uris.into_iter().map(|uri| {
        let (connection, opened) = Connection::begin(&uri, agent.clone());
        tokio::spawn(async move {
            if let Ok(Err(error)) = opened.await {
                let kind = format!("{:?}", error.kind());
                println!(
                    "{}",
                    json!({"uri": uri, "error": error.to_string(), "kind": kind})
                );
            }
            follow(&connection).await;
        })
    });
    for task in following.collect::<Vec<_>>() {
        task.await?;
    }
    Ok(())
}

/// Prints the status and the inventory as they change, until the connection closes.
async fn follow(connection: &Connection) {
    let (mut status, mut inventory) = (connection.status(), connection.inventory());
    status.mark_changed();
    inventory.mark_changed();
    loop {
        tokio::select! {
            changed = status.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = words(&status.borrow_and_update());
                println!("{}", json!({"uri": connection.uri(), "status": now}));
            }
            changed = inventory.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = inventory.borrow_and_update().clone();
                print(connection.uri(), &now);
            }
        }
    }
}

fn print(uri: &str, inventory: &Inventory) {
    let guests: BTreeMap<_, _> = inventory
        .guests
        .values()
        .map(|guest| (guest.name.clone(), guest.state.name()))
        .collect();
    println!(
        "{}",
        json!({"uri": uri, "complete": inventory.complete, "guests": guests})
    );
}

fn words(status: &Status) -> &'static str {
    match status {
        Status::Connecting => "connecting",
        Status::Online => "online",
        Status::Waiting { .. } => "waiting",
        Status::Refused { .. } => "refused",
        Status::Closed => "closed",
    }
}

fn agent(mut answers: VecDeque<String>) -> Agent {
    let (sender, mut questions) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut next = || {
            let line = answers.pop_front()?;
            Passphrase::from_vec(line.into_bytes()).ok()
        };
        while let Some(question) = questions.recv().await {
            match question {
                Question::Credentials {
                    requests, reply, ..
                } => {
                    let asked: Vec<_> = requests.iter().map(describe).collect();
                    println!("{}", json!({ "asked": asked }));
                    let answers: Option<Vec<_>> = requests.iter().map(|_| next()).collect();
                    if let Some(answers) = answers {
                        let _ = reply.send(answers);
                    }
                }
                Question::Ssh { request, reply } => {
                    let kind = format!("{:?}", request.kind);
                    println!("{}", json!({"ssh": request.prompt, "kind": kind}));
                    if let Some(answer) = next() {
                        let _ = reply.send(answer);
                    }
                }
                _ => {}
            }
        }
    });
    Agent::new(sender)
}

fn describe(request: &CredentialRequest) -> serde_json::Value {
    json!({"prompt": request.prompt, "echo": request.echo})
}
