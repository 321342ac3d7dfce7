// SPDX-License-Identifier: GPL-3.0-or-later
//! What guests use: processor, memory, disks and network, over time, for those that are on show.
//!
//! - [`read`]: one reading of the counters, for many guests in one call;
//! - [`history`]: rates between readings, kept for half an hour at a fixed memory cost;
//! - [`follow`]: readings at an interval, of those guests alone that somebody looks at, and none
//!   while nobody does.

pub mod history;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use uuid::Uuid;

pub use self::history::{History, Rates};
use crate::connection::{Class, Connection};
pub use crate::model::counters::Counters;
use crate::model::doing;
use crate::model::error::Result;

/// One reading: the counters of the guests that were asked for and run.
pub type Reading = Arc<HashMap<Uuid, Counters>>;

/// Reads the counters of some guests now. Guests that are off have none.
///
/// # Errors
/// [`crate::Error::Connection`] and [`crate::Error::Libvirt`].
pub async fn read(connection: &Connection, guests: Vec<Uuid>) -> Result<Reading> {
    connection
        .calls()
        .run(Class::Background, doing::READ_USE, move |driver| {
            let counters = driver.counters(&guests);
            let failed = |failure| driver.failed(doing::READ_USE, failure);
            counters.map(Arc::new).map_err(failed)
        })
        .await
}

/// Reads the counters of the guests in `shown` every `interval`, for as long as somebody holds
/// the receiver and the other end of `shown`. While `shown` is empty nothing is read.
///
/// A reading that fails is left out: the connection's status says why.
pub fn follow(
    connection: &Connection,
    mut shown: watch::Receiver<Vec<Uuid>>,
    interval: Duration,
) -> mpsc::Receiver<Reading> {
    // One place: a slow reader gets the next reading when it comes for it, not a queue of old ones.
    let (sender, receiver) = mpsc::channel(1);
    let connection = connection.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if shown.wait_for(|guests| !guests.is_empty()).await.is_err() {
                return;
            }
            tokio::select! {
                _ = ticks.tick() => {}
                () = sender.closed() => return,
                // Somebody new on show is read at once.
                changed = shown.changed() => if changed.is_err() { return },
            }
            let guests = shown.borrow_and_update().clone();
            if guests.is_empty() {
                continue;
            }
            match read(&connection, guests).await {
                Ok(reading) => {
                    if sender.send(reading).await.is_err() {
                        return;
                    }
                }
                Err(error) => tracing::debug!(%error, "no figures this time"),
            }
        }
    });
    receiver
}
