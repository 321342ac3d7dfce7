// SPDX-License-Identifier: GPL-3.0-or-later
//! The tasks behind the activity: figures of the guest on show, and word of what happens to it.
//! Both sleep while there is none.

use std::sync::Arc;
use std::time::Duration;

use oriel::stats::Reading;
use relm4::Sender;
use tokio::sync::{mpsc, watch};

use super::messages::ActivityCmd;
use crate::engine::log::EventLog;
use crate::engine::{ConnectionId, GuestKey};

/// The rest after word of an event: a burst is one.
const REST: Duration = Duration::from_millis(100);

/// Passes figures on until either side is gone.
pub async fn figures(
    id: ConnectionId,
    mut readings: mpsc::Receiver<Reading>,
    out: Sender<ActivityCmd>,
) {
    while let Some(reading) = readings.recv().await {
        if out.send(ActivityCmd::Figures(id, reading)).is_err() {
            return;
        }
    }
}

/// Says when something happened to the guest that is looked at.
pub async fn events(
    log: Arc<EventLog>,
    mut target: watch::Receiver<Option<GuestKey>>,
    out: Sender<ActivityCmd>,
) {
    let mut news = log.changes();
    loop {
        let Some(key) = *target.borrow_and_update() else {
            if target.changed().await.is_err() {
                return;
            }
            continue;
        };
        let known = log.newest(key);
        if out.send(ActivityCmd::Happened).is_err() {
            return;
        }
        loop {
            tokio::select! {
                other = target.changed() => match other {
                    Ok(()) => break,
                    Err(_) => return,
                },
                word = news.changed() => if word.is_err() { return },
            }
            if log.newest(key) != known {
                tokio::time::sleep(REST).await;
                break;
            }
        }
    }
}
