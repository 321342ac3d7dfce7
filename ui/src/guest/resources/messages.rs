// SPDX-License-Identifier: GPL-3.0-or-later
//! What the page of resources hears.

use oriel::Error;
use oriel::control::Tuning;
use oriel::message::Message;

use super::control::ControlId;
use super::watchers::Applied;
use crate::engine::GuestKey;
use crate::guest::page::Shown;

/// What it is told.
#[derive(Debug)]
pub enum ResourcesMsg {
    /// Show this guest, or its new state.
    Show(Shown),
    /// The page came into sight or left it.
    Seen(bool),
    /// The person moved a slider, typed a number, or took a limit away.
    Moved(ControlId),
    /// The person let a slider go.
    LetGo,
    /// The person chose where changes go.
    Scope(u32),
}

/// What the background sends.
#[derive(Debug)]
pub enum ResourcesCmd {
    /// The controls as they stand, and the last change of each that they hold.
    Read(GuestKey, Result<Box<Tuning>, Error>, Applied),
    /// What came of a change: remarks, or why it failed.
    Applied {
        /// Of which guest.
        key: GuestKey,
        /// Of which control.
        id: ControlId,
        /// The change's number.
        number: u64,
        /// How it went.
        result: Result<Vec<Message>, Error>,
    },
}
