// SPDX-License-Identifier: GPL-3.0-or-later
//! What the main window is started with and hears.

use std::path::PathBuf;
use std::sync::Arc;

use oriel::agent::Question;
use tokio::sync::mpsc;

use crate::assistant::AssistantOutput;
use crate::engine::{Action, Engine, GuestKey};

/// What the window is started with.
#[derive(Debug)]
pub struct WindowInit {
    /// The engine, with its connections begun.
    pub engine: Arc<Engine>,
    /// The engine's questions.
    pub questions: mpsc::Receiver<Question>,
}

/// What the person does.
#[derive(Debug)]
pub enum WindowMsg {
    /// A guest was chosen in the sidebar.
    Chosen(GuestKey),
    /// An action on a guest is wanted.
    Wanted(GuestKey, Action),
    /// Back to the list, in a narrow window.
    Back,
    /// Look for a guest by name.
    Search,
    /// Try the connections that are down again.
    Retry,
    /// The window got the focus: a keyring may have been unlocked meanwhile.
    Focused,
    /// A new guest is to be made, from an image that was dropped or from what the person chooses.
    New(Option<PathBuf>),
    /// The assistant has something to say.
    Assistant(AssistantOutput),
}
