// SPDX-License-Identifier: GPL-3.0-or-later
//! What the guest's page hears and says.

use std::sync::Arc;

use oriel::Error;
use oriel::guest::Guest;
use oriel::secret::state::KeyState;

use super::tasks::{Ask, Done, Task};
use crate::engine::{Action, GuestKey};
use oriel_ui_colour::{Painted, Picture};

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
    /// The screen's picture came into sight or left it.
    Seen(bool),
    /// The person asked for an action.
    Wanted(Action),
    /// The person asked for something that takes a question first, or none.
    Asked(Ask),
    /// The answer.
    Answered(GuestKey, Task),
    /// The switch for starting with the host is on or off.
    Autostart(bool),
}

/// What the background sends.
#[derive(Debug)]
pub enum PageCmd {
    /// A picture of a guest's screen, or why there is none.
    Picture(GuestKey, Result<Option<Picture>, Error>),
    /// The picture as another monitor is to get it.
    Repainted(GuestKey, Painted),
    /// The picture is for another monitor or another profile now.
    Aimed,
    /// Something that the page had done has ended, on the guest of that name.
    Ended(GuestKey, String, Task, Result<Done, Error>),
    /// Whether a guest starts with its host; `None` where its driver can't.
    Autostart(GuestKey, Option<bool>),
}

/// What the page says.
#[derive(Debug)]
pub enum PageOutput {
    /// The person wants this done.
    Wanted(GuestKey, Action),
}
