// SPDX-License-Identifier: GPL-3.0-or-later
//! What the sidebar hears and says.

use oriel::connection::Status;
use oriel::secret::handover::KeyState;
use uuid::Uuid;

use crate::engine::{Change, ConnectionId, GuestKey};

/// What the sidebar hears.
#[derive(Debug)]
pub enum SidebarMsg {
    /// Guests came, changed or went.
    GuestsChanged(ConnectionId, Change),
    /// How the keys of these guests stand.
    KeysChanged(ConnectionId, Vec<(Uuid, KeyState)>),
    /// A connection came up or went down.
    StatusChanged(ConnectionId, Status),
    /// The search text is another.
    SearchChanged(String),
    /// Show where to type the search.
    Search,
    /// Another row is selected.
    SelectionMoved,
    /// A row was activated.
    Activated(u32),
    /// Select no row.
    Unselect,
}

/// What the sidebar says.
#[derive(Debug)]
pub enum SidebarOutput {
    /// This guest was chosen.
    Chosen(GuestKey),
}
