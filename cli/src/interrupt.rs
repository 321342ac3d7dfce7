// SPDX-License-Identifier: GPL-3.0-or-later
//! The wish to stop, however it comes: Ctrl+C, a closed terminal, the end of the session.

use tokio::signal::unix::{SignalKind, signal};

/// Waits until the person or the system wants us to stop. From the first poll on, those signals
/// no longer end the program by themselves.
pub async fn interrupted() {
    let one = async |kind| match signal(kind) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        // It can't be listened to, so it keeps its usual effect.
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = one(SignalKind::interrupt()) => {}
        () = one(SignalKind::terminate()) => {}
        () = one(SignalKind::hangup()) => {}
    }
}
