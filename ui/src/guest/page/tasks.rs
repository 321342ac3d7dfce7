// SPDX-License-Identifier: GPL-3.0-or-later
//! What the page has done by the engine itself: what takes more words than a lifecycle step.

use oriel::guest::remove::DeleteReport;
use oriel::guest::{DomainState, Guest, manage, remove};
use oriel::{Connection, Error};

use super::console::{self, Console};
use oriel_ui_kit::i18n::{gettext, gettext_f, mark};

/// What the person can ask for beside the lifecycle steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// To see and use its screen.
    Console,
    /// To put its state aside.
    Save,
    /// To give it another name.
    Rename,
    /// To delete it.
    Delete,
}

impl Ask {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Console, Self::Save, Self::Rename, Self::Delete];

    /// The name of its `GAction`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Save => "save",
            Self::Rename => "rename",
            Self::Delete => "delete",
        }
    }

    /// Its label. An ellipsis says that a question follows.
    pub fn label(self) -> String {
        gettext(match self {
            Self::Console => "Open Console",
            Self::Save => "Save State",
            Self::Rename => "Rename…",
            Self::Delete => "Delete…",
        })
    }

    /// Whether it can be done with this guest as it is.
    pub fn fits(self, guest: &Guest) -> bool {
        let active = guest.state.is_active();
        match self {
            Self::Console => active && has_screen(guest),
            Self::Save => {
                guest.persistent
                    && matches!(guest.state, DomainState::Running | DomainState::Paused)
            }
            Self::Rename | Self::Delete => !active,
        }
    }
}

/// Whether a viewer could show the guest's screen.
fn has_screen(guest: &Guest) -> bool {
    guest.summary.as_ref().is_some_and(|summary| {
        summary
            .graphics
            .iter()
            .any(|kind| kind == "vnc" || kind == "spice")
    })
}

/// Something to be done with a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Give it another name.
    Rename(String),
    /// Delete it.
    Delete {
        /// Its disks as well.
        storage: bool,
        /// And the passphrases that nothing needs any more.
        forget_key: bool,
    },
    /// Put its state aside; the flag is the person's word that the file is in the clear.
    Save(bool),
    /// Start it with its host, or no longer.
    Autostart(bool),
    /// Open its screen in a viewer.
    Console,
}

/// What came of it.
#[derive(Debug)]
pub enum Done {
    /// There is nothing to say.
    Quietly,
    /// What a deletion left and took, and whether passphrases were to go.
    Deleted(DeleteReport, bool),
    /// How the viewer ended.
    Console(Console),
}

impl Task {
    /// What is said of it to who wants to end the session meanwhile, if it lasts.
    pub fn lasts(&self, name: &str) -> Option<String> {
        let text = match self {
            Self::Delete { .. } => mark("“{name}” is being deleted"),
            Self::Save(_) => mark("The state of “{name}” is being saved"),
            Self::Rename(_) | Self::Autostart(_) | Self::Console => return None,
        };
        Some(gettext_f(text, &[("name", name)]))
    }

    /// Does it.
    ///
    /// # Errors
    /// Those of the engine's function.
    pub async fn carry_out(&self, connection: &Connection, guest: &Guest) -> Result<Done, Error> {
        match self {
            Self::Rename(name) => manage::rename(connection, guest, name).await?,
            Self::Delete {
                storage,
                forget_key,
            } => {
                let report = remove::delete(connection, guest, *storage, *forget_key).await?;
                return Ok(Done::Deleted(report, *forget_key));
            }
            Self::Save(in_the_clear) => manage::save(connection, guest, *in_the_clear).await?,
            Self::Autostart(on) => manage::set_autostart(connection, guest, *on).await?,
            Self::Console => {
                let (uri, uuid) = (connection.uri().to_owned(), guest.uuid);
                // A viewer may stay open for days: it takes no thread of the engine's.
                let (sender, ended) = tokio::sync::oneshot::channel();
                std::thread::spawn(move || drop(sender.send(console::open(&uri, uuid))));
                return Ok(ended.await.map_or(Done::Quietly, Done::Console));
            }
        }
        Ok(Done::Quietly)
    }

    /// What is being done, while it is; nothing for what does not hinder anything else.
    pub fn progress(&self) -> Option<String> {
        Some(match self {
            Self::Rename(_) => gettext("Renaming…"),
            Self::Delete { .. } => gettext("Deleting…"),
            Self::Save(_) => gettext("Saving its state…"),
            Self::Autostart(_) | Self::Console => return None,
        })
    }

    /// That it was done, for the list of events.
    pub fn said(&self) -> Option<String> {
        Some(match self {
            Self::Rename(name) => gettext_f("Renamed to “{name}”", &[("name", name)]),
            Self::Delete { .. } => gettext("Deleted"),
            Self::Save(_) => gettext("State saved"),
            Self::Autostart(true) => gettext("Start on host boot turned on"),
            Self::Autostart(false) => gettext("Start on host boot turned off"),
            Self::Console => return None,
        })
    }

    /// That it could not be done.
    pub fn failed(&self, name: &str) -> String {
        match self {
            Self::Rename(_) => gettext_f("Could Not Rename “{name}”", &[("name", name)]),
            Self::Delete { .. } => gettext_f("Could Not Delete “{name}”", &[("name", name)]),
            Self::Save(_) => gettext_f("Could Not Save the State of “{name}”", &[("name", name)]),
            Self::Autostart(_) => gettext_f(
                "Could Not Change Whether “{name}” Starts on Host Boot",
                &[("name", name)],
            ),
            Self::Console => gettext_f("Could Not Open the Console of “{name}”", &[("name", name)]),
        }
    }
}
