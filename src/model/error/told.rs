// SPDX-License-Identifier: GPL-3.0-or-later
//! What to do next, in the terms of each front end.

use crate::message::{Message, Text};

/// What a person can do next, if anything sensible can be said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NextStep {
    /// In the terms of a window: no option, no command of ours.
    pub window: Option<Message>,
    /// In the terms of the command line.
    pub command: Option<Message>,
}

impl NextStep {
    /// The same for both.
    pub(super) fn both(message: impl Into<Message>) -> Self {
        let message = message.into();
        Self {
            window: Some(message.clone()),
            command: Some(message),
        }
    }

    /// One for each.
    pub(super) fn of(window: impl Into<Message>, command: impl Into<Message>) -> Self {
        Self {
            window: Some(window.into()),
            command: Some(command.into()),
        }
    }

    /// This, or the other where there is none.
    pub(super) fn or(self, other: &'static Text) -> Self {
        let other = || Some(other.into());
        Self {
            window: self.window.or_else(other),
            command: self.command.or_else(other),
        }
    }
}
