// SPDX-License-Identifier: GPL-3.0-or-later
//! The task that takes pictures of the shown guest's screen: one after the other, and only while
//! there is a target. Without one it sleeps and costs nothing.

use std::sync::Arc;
use std::time::Duration;

use oriel::guest::Guest;
use oriel::{Connection, preview};
use relm4::Sender;
use tokio::sync::watch;

use super::messages::PageCmd;
use crate::engine::{GuestKey, painted};
use oriel_ui_colour::{Aim, Colours, Original};

/// From one picture to the next.
const INTERVAL: Duration = Duration::from_secs(2);

/// The width to which pictures are scaled down, in pixels.
const WIDTH: u32 = 1024;

/// Whose screen is looked at.
#[derive(Clone, Debug)]
pub struct Target {
    /// Which guest.
    pub key: GuestKey,
    /// Its number while it runs: another one is another run.
    pub run: Option<u32>,
    /// The guest.
    pub guest: Arc<Guest>,
    /// Its connection.
    pub connection: Connection,
}

impl Target {
    /// Whether it is the same run of the same guest.
    pub fn is_same(&self, other: &Self) -> bool {
        self.key == other.key && self.run == other.run
    }
}

/// Sends a picture of the target every two seconds, until the page is gone.
pub async fn pictures(
    mut target: watch::Receiver<Option<Target>>,
    colours: Colours,
    out: Sender<PageCmd>,
) {
    loop {
        let now = target.borrow_and_update().clone();
        let Some(now) = now else {
            if target.changed().await.is_err() {
                return;
            }
            continue;
        };
        let mut other = target.clone();
        let is_other = |it: &Option<Target>| it.as_ref().is_none_or(|it| !it.is_same(&now));
        let taken = tokio::select! {
            taken = preview::take(&now.connection, &now.guest, Some(WIDTH)) => taken,
            // One that hangs keeps no other waiting.
            changed = other.wait_for(is_other) => match changed {
                Ok(_) => continue,
                Err(_) => return,
            },
        };
        let taken = match taken {
            Ok(preview) => Ok(painted(&colours, preview).await),
            Err(error) => Err(error),
        };
        if out.send(PageCmd::Picture(now.key, taken)).is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            changed = target.changed() => if changed.is_err() { return },
        }
    }
}

/// Tells when the picture is to be painted for another monitor or another profile.
pub async fn aims(mut aim: watch::Receiver<Arc<Aim>>, out: Sender<PageCmd>) {
    while aim.changed().await.is_ok() {
        if out.send(PageCmd::Aimed).is_err() {
            return;
        }
    }
}

/// Paints the picture again.
pub async fn repaint(key: GuestKey, original: Original, colours: Colours, out: Sender<PageCmd>) {
    if let Some(painted) = colours.paint(original).await {
        // A page that is gone needs none.
        let _ = out.send(PageCmd::Repainted(key, painted));
    }
}
