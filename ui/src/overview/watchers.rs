// SPDX-License-Identifier: GPL-3.0-or-later
//! The tasks that read figures and take pictures of the guests in sight. With none in sight they
//! sleep and cost nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use oriel::guest::Guest;
use oriel::{Connection, preview, stats};
use relm4::Sender;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use super::messages::OverviewCmd;
use crate::engine::{ConnectionId, GuestKey, painted};
use oriel_ui_colour::{Aim, Colours, Original};

/// The width to which pictures are scaled down, in pixels: a tile's, on a display with two
/// pixels a point.
const WIDTH: u32 = 480;

/// How long a picture is waited for, while the next guest waits for its turn.
const PATIENCE: Duration = Duration::from_secs(3);

/// A guest whose screen is looked at.
#[derive(Clone, Debug)]
pub struct Target {
    /// Which guest.
    pub key: GuestKey,
    /// The guest.
    pub guest: Arc<Guest>,
    /// Its connection.
    pub connection: Connection,
}

/// What pictures are to be taken.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of whom.
    pub targets: Vec<Target>,
    /// From one picture of a guest to the next.
    pub interval: Duration,
}

/// Sends pictures of the targets, one after the other, until the overview is gone. Who has just
/// come into sight comes first.
pub async fn pictures(
    mut wanted: watch::Receiver<Wanted>,
    colours: Colours,
    out: Sender<OverviewCmd>,
) {
    let mut taken: HashMap<GuestKey, Instant> = HashMap::new();
    loop {
        let now = wanted.borrow_and_update().clone();
        taken.retain(|key, _| now.targets.iter().any(|target| target.key == *key));
        let due = |target: &Target| taken.get(&target.key).map(|at| *at + now.interval);
        let next = now.targets.iter().min_by_key(|target| due(target));
        let Some(target) = next else {
            if wanted.changed().await.is_err() {
                return;
            }
            continue;
        };
        if let Some(due) = due(target) {
            tokio::select! {
                () = tokio::time::sleep_until(due) => {}
                changed = wanted.changed() => {
                    if changed.is_err() { return }
                    continue;
                }
            }
        }
        let taking = preview::take(&target.connection, &target.guest, Some(WIDTH));
        let picture = match tokio::time::timeout(PATIENCE, taking).await {
            Ok(Ok(preview)) => Ok(painted(&colours, preview).await),
            Ok(Err(error)) => Err(error),
            // One that hangs keeps no other waiting for long.
            Err(_) => Err(preview::timed_out(&target.guest, PATIENCE)),
        };
        taken.insert(target.key, Instant::now());
        if out.send(OverviewCmd::Picture(target.key, picture)).is_err() {
            return;
        }
    }
}

/// Tells when pictures are to be painted for another monitor or another profile.
pub async fn aims(mut aim: watch::Receiver<Arc<Aim>>, out: Sender<OverviewCmd>) {
    while aim.changed().await.is_ok() {
        if out.send(OverviewCmd::Aimed).is_err() {
            return;
        }
    }
}

/// Paints a picture again.
pub async fn repaint(
    key: GuestKey,
    original: Original,
    colours: Colours,
    out: Sender<OverviewCmd>,
) {
    if let Some(painted) = colours.paint(original).await {
        // An overview that is gone needs none.
        let _ = out.send(OverviewCmd::Repainted(key, painted));
    }
}

/// Sends figures of a connection's guests in sight, until nobody wants any.
pub async fn figures(
    id: ConnectionId,
    connection: Connection,
    shown: watch::Receiver<Vec<Uuid>>,
    interval: Duration,
    out: Sender<OverviewCmd>,
) {
    let mut readings = stats::follow(&connection, shown, interval);
    while let Some(reading) = readings.recv().await {
        if out.send(OverviewCmd::Figures(id, reading)).is_err() {
            return;
        }
    }
}
