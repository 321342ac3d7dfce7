// SPDX-License-Identifier: GPL-3.0-or-later
//! What the sidebar hears and says.

use crate::engine::{ConnectionId, GuestKey};

/// What the sidebar hears.
#[derive(Debug)]
pub enum SidebarMsg {
    /// Rows came, went or got another place: those that were selected are to be so again.
    RowsMoved,
    /// The search text is another.
    SearchChanged(String),
    /// Show where to type the search.
    Search,
    /// Other rows are selected.
    SelectionMoved,
    /// A row was activated.
    Activated(u32),
    /// Mark no row: the list alone is in front.
    Unmark,
    /// Select these guests' rows, as if the person had.
    Select(Vec<GuestKey>),
    /// Select this connection's row.
    SelectConnection(ConnectionId),
    /// Select the row for all guests.
    SelectAll,
}

/// What the sidebar says.
#[derive(Debug)]
pub enum SidebarOutput {
    /// Other rows are selected.
    Selected(Selected),
    /// The selected row is to come to the front, in a narrow window.
    Opened,
    /// The search text is another; it is in lower case.
    Sought(String),
}

/// What is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selected {
    /// Everything.
    #[default]
    All,
    /// These connections with all their guests.
    Connections(Vec<ConnectionId>),
    /// These guests, in the order of their rows; at least one.
    Guests(Vec<GuestKey>),
}

impl Selected {
    /// The guest, if it is exactly one.
    pub fn one(&self) -> Option<GuestKey> {
        match self {
            Self::Guests(keys) => match keys.as_slice() {
                [key] => Some(*key),
                _ => None,
            },
            _ => None,
        }
    }

    /// The guests, if it is some.
    pub fn guests(&self) -> &[GuestKey] {
        match self {
            Self::Guests(keys) => keys,
            _ => &[],
        }
    }
}
