// SPDX-License-Identifier: GPL-3.0-or-later
//! The engine against a daemon that is played: what is rare, slow or wrong, in milliseconds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests and their helpers")]

mod events;
mod hanging;
mod hostile;
mod jobs;
mod lookups;
mod sessions;
mod virsh;
mod words;

use std::sync::Arc;
use std::time::Duration;

use oriel::Connection;
use oriel::agent::Agent;
use oriel::connection::{Inventory, Status};
use oriel::guest::{DomainState, Guest};
use oriel_tests::played::Played;

/// How long what comes at once may take, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to a played daemon, with nobody who answers questions.
async fn open(played: &Played) -> Connection {
    Connection::open(&played.uri(), Agent::default())
        .await
        .unwrap()
}

/// Waits for what should come at once.
#[track_caller]
fn soon<T>(what: &str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let what = what.to_owned();
    let caller = std::panic::Location::caller();
    async move {
        let found = tokio::time::timeout(PATIENCE, future).await;
        found.unwrap_or_else(|_| panic!("awaited in vain: {what}, at {caller}"))
    }
}

/// The first inventory that is as wanted.
async fn until(
    connection: &Connection,
    what: &str,
    wanted: impl FnMut(&Inventory) -> bool,
) -> Inventory {
    let mut inventory = connection.inventory();
    let found = soon(what, inventory.wait_for(wanted)).await;
    found.unwrap().clone()
}

/// Waits until a connection stands as wanted.
async fn until_status(
    connection: &Connection,
    what: &str,
    wanted: impl FnMut(&Status) -> bool,
) -> Status {
    let mut status = connection.status();
    let found = soon(what, status.wait_for(wanted)).await;
    found.unwrap().clone()
}

/// A guest as the connection has it, all of it read.
async fn guest(connection: &Connection, name: &str) -> Arc<Guest> {
    let read = |all: &Inventory| all.find(name).is_some_and(|it| it.summary.is_some());
    let all = until(connection, name, read).await;
    all.find(name).unwrap().clone()
}

/// Whether a guest is in a state.
fn is(all: &Inventory, name: &str, state: DomainState) -> bool {
    all.find(name).is_some_and(|guest| guest.state == state)
}
