// SPDX-License-Identifier: GPL-3.0-or-later
//! What the assistant has done in the background; each ends with one message, unless the window
//! is closed by then.

use oriel::Connection;
use oriel::guest::create::{self, CreateRequest, InstallSource, Plan};
use oriel::job::{JobControl, JobHandle};
use oriel::secret::Passphrase;
use oriel::secret::keyring::{Keyring, KeyringError};
use relm4::Sender;

use super::messages::AssistantCmd;
use super::strength;
use crate::engine::{ConnectionId, Job};

/// Asks what a new guest can have, and whether a keyring answers.
pub async fn offers(id: ConnectionId, connection: Connection, out: Sender<AssistantCmd>) {
    let offers = create::offers(&connection).await;
    let keyring = match Keyring::open().await {
        Err(KeyringError::NoService(why)) => Err(why),
        // Whatever else is wrong with it is told when something is stored.
        _ => Ok(()),
    };
    let _ = out.send(AssistantCmd::Offers(id, offers, keyring));
}

/// Looks whether there is what the guest is to start from. Blocks.
pub fn source(connection: &Connection, source: InstallSource, out: &Sender<AssistantCmd>) {
    let found = create::check_source(connection, source);
    let _ = out.send(AssistantCmd::Source(found));
}

/// Checks a request.
pub async fn plan(connection: Connection, request: CreateRequest, out: Sender<AssistantCmd>) {
    let plan = create::plan(&connection, request).await;
    let _ = out.send(AssistantCmd::Planned(plan));
}

/// Rates a passphrase. Takes some milliseconds.
pub fn rate(number: u64, passphrase: &Passphrase, name: &str, out: &Sender<AssistantCmd>) {
    let strength = strength::rate(passphrase, name);
    let _ = out.send(AssistantCmd::Strength(number, strength));
}

/// Makes the guest, and tells how far it is. `lasts` ends with it.
pub async fn create(
    connection: Connection,
    plan: Plan,
    job: (JobControl, JobHandle),
    lasts: Job,
    out: Sender<AssistantCmd>,
) {
    let (control, handle) = job;
    let mut progress = handle.progress();
    let told = out.clone();
    let telling = tokio::spawn(async move {
        while progress.changed().await.is_ok() {
            let now = progress.borrow_and_update().clone();
            lasts.tell(now.clone());
            if told.send(AssistantCmd::Progress(now)).is_err() {
                return;
            }
        }
    });
    let result = create::carry_out(&connection, plan, &control).await;
    // The entry goes with the task that has it.
    telling.abort();
    let _ = telling.await;
    let _ = out.send(AssistantCmd::Ended(result));
}
