// SPDX-License-Identifier: GPL-3.0-or-later
//! What the overview hears and says.

use std::sync::Arc;

use oriel::Error;
use oriel::stats::Reading;
use relm4::gtk::gio;

use super::sorting::{Kind, SortBy};
use crate::engine::{Action, ConnectionId, Engine, GuestKey};
use crate::sidebar::Selected;
use oriel_ui_colour::{Painted, Picture};

/// What the overview is started with.
#[derive(Debug)]
pub struct OverviewInit {
    /// The engine.
    pub engine: Arc<Engine>,
    /// The rows of the listing.
    pub roots: gio::ListStore,
    /// How it shows guests at first.
    pub view: View,
}

/// How guests are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// As pictures of their screens.
    #[default]
    Gallery,
    /// As a list with graphs.
    List,
}

impl View {
    /// Its name in settings and actions.
    pub fn id(self) -> &'static str {
        match self {
            Self::Gallery => "gallery",
            Self::List => "list",
        }
    }

    /// The view of that name.
    pub fn of(id: &str) -> Self {
        match id {
            "list" => Self::List,
            _ => Self::Gallery,
        }
    }
}

/// What the overview hears.
#[derive(Debug)]
pub enum OverviewMsg {
    /// Show these.
    Scope(Selected),
    /// Show those that fit this text, which is in lower case.
    Search(String),
    /// Show guests so.
    View(View),
    /// Order guests so.
    Sort(SortBy),
    /// Show this kind alone.
    Kind(Kind),
    /// Guests have changed; filters and orders that look at that are to look again.
    GuestsChanged,
    /// It came into sight or went out of it.
    Seen(bool),
    /// Other rows may be in sight.
    Moved,
    /// Look which rows are in sight.
    Look,
    /// The guest at this place was chosen.
    Activated(u32),
    /// Intervals of pictures and figures, in seconds; 0 takes none.
    Intervals {
        /// Of pictures.
        pictures: u32,
        /// Of figures.
        figures: u32,
    },
}

/// What the overview's tasks tell.
#[derive(Debug)]
pub enum OverviewCmd {
    /// A picture of a screen.
    Picture(GuestKey, Result<Option<Picture>, Error>),
    /// A picture as another monitor is to get it.
    Repainted(GuestKey, Painted),
    /// Pictures are for another monitor or another profile now.
    Aimed,
    /// Figures of guests in sight.
    Figures(ConnectionId, Reading),
}

/// What the overview says.
#[derive(Debug)]
pub enum OverviewOutput {
    /// This guest is to be shown.
    Chosen(GuestKey),
    /// An action on each of these that it fits is wanted.
    Wanted(Vec<GuestKey>, Action),
}
