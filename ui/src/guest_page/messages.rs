// SPDX-License-Identifier: GPL-3.0-or-later
//! What the guest's page hears and says.

use std::sync::Arc;

use oriel::Error;
use oriel::domain::Guest;
use oriel::preview::Preview;
use oriel::secret::handover::KeyState;

use crate::engine::{Action, GuestKey};

/// A guest as the page shows it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Which one.
    pub key: GuestKey,
    /// As it is now.
    pub guest: Arc<Guest>,
    /// How its key stands, once that is known.
    pub secret: Option<KeyState>,
    /// What is being done with it.
    pub busy: Option<Action>,
}

/// What the page hears.
#[derive(Debug)]
pub enum PageMsg {
    /// Show this guest, or its new state.
    Show(Shown),
    /// The page came on the screen or left it.
    Mapped(bool),
    /// The person asked for an action.
    Wanted(Action),
}

/// What the background sends.
#[derive(Debug)]
pub enum PageCmd {
    /// A picture of a guest's screen, or why there is none.
    Picture(GuestKey, Result<Preview, Error>),
}

/// What the page says.
#[derive(Debug)]
pub enum PageOutput {
    /// The person wants this done.
    Wanted(GuestKey, Action),
}
