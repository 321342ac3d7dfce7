// SPDX-License-Identifier: GPL-3.0-or-later
//! What the main window is started with and hears.

use std::path::PathBuf;
use std::sync::Arc;

use oriel::address::alias::Resolved;
use oriel::agent::Question;
use oriel::guest::create::Leftover;
use tokio::sync::mpsc;

use crate::assistant::AssistantOutput;
use crate::engine::{Action, ConnectionId, Engine, GuestKey};
use crate::overview::{Kind, SortBy, View};
use crate::preferences::Preference;
use crate::settings::Settings;
use crate::sidebar::Selected;

/// What the window is started with.
#[derive(Debug)]
pub struct WindowInit {
    /// The engine.
    pub engine: Arc<Engine>,
    /// The engine's questions.
    pub questions: mpsc::Receiver<Question>,
    /// What the window remembers.
    pub settings: Settings,
}

/// What a command line said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Connections to show.
    pub connect: Vec<String>,
    /// A guest to start and show.
    pub launch: Option<String>,
    /// Whether another process handed it over, which may be anybody's.
    pub remote: bool,
    /// Whether the window had heard of a command line before.
    pub again: bool,
}

/// What the person does.
#[derive(Debug)]
pub enum WindowMsg {
    /// Started, or started again.
    Told(Told),
    /// What the names of its connections stand for.
    Resolved(Told, Vec<Resolved>),
    /// Whether what another program wants is to be done.
    Answered(bool),
    /// Other rows were selected in the sidebar.
    Selected(Selected),
    /// What is selected is to come to the front, in a narrow window.
    Opened,
    /// The window became narrow, or wide.
    Folded,
    /// The search is for another text.
    Sought(String),
    /// This guest is to be shown.
    Show(GuestKey),
    /// An action on a guest is wanted.
    Wanted(GuestKey, Action),
    /// An action on several guests is wanted.
    WantedForAll(Vec<GuestKey>, Action),
    /// The person has said yes to that.
    Confirmed(Vec<GuestKey>, Action),
    /// Back to the list, in a narrow window.
    Back,
    /// All guests.
    Overview,
    /// Look for a guest by name.
    Search,
    /// Show guests so.
    View(View),
    /// Order guests so.
    Sort(SortBy),
    /// Show this kind of guests.
    Kind(Kind),
    /// Try the connections that are down again.
    Retry,
    /// Ask for a connection to add.
    AddConnection,
    /// The person wants to add this connection, and whether it is opened at each start.
    WantsConnection(String, bool),
    /// Open this connection, and remember whether to do so at each start.
    Connect(String, bool),
    /// Show the preferences.
    Preferences,
    /// The person prefers something.
    Preferred(Preference),
    /// Show what this program is.
    About,
    /// Show the monitors and their profiles.
    Monitors,
    /// Show this photo, or ask for one.
    Photo(Option<PathBuf>),
    /// The window got the focus: a keyring may have been unlocked meanwhile.
    Focused,
    /// Finish or undo what creations left on a connection.
    CleanUp(ConnectionId, Vec<Leftover>),
    /// Forget what creations left, and leave it all as it is.
    KeepLeftovers(Vec<Leftover>),
    /// The window is about to close.
    Closing,
    /// A new guest is to be made, from an image that was dropped or from what the person chooses.
    New(Option<PathBuf>),
    /// The assistant has something to say.
    Assistant(AssistantOutput),
}
