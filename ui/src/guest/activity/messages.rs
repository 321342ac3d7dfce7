// SPDX-License-Identifier: GPL-3.0-or-later
//! What the activity of a guest hears.

use oriel::stats::Reading;

use crate::engine::ConnectionId;
use crate::guest::page::Shown;

/// What it is told.
#[derive(Debug)]
pub enum ActivityMsg {
    /// Show this guest, or its new state.
    Show(Shown),
    /// The graphs came into sight or left it.
    Seen(bool),
    /// The guest's page, with whatever tab, came into sight or left it.
    PageSeen(bool),
    /// The person wants to see older events as well.
    Older,
}

/// What the background sends.
#[derive(Debug)]
pub enum ActivityCmd {
    /// What guests of a connection use.
    Figures(ConnectionId, Reading),
    /// Something happened to the guest on show.
    Happened,
}
