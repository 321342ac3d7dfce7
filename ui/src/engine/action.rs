// SPDX-License-Identifier: GPL-3.0-or-later
//! How the engine's acts look in the window: a row for each.

use std::time::Duration;

pub use oriel::model::act::Act as Action;

use oriel::guest::{Guest, lifecycle};
use oriel::secret::handover::Source;
use oriel::{Connection, Error};

use oriel_ui_kit::i18n::{mark, mark_plural};

/// How long a system may take to shut down or reboot before the person is told.
const PATIENCE: Duration = Duration::from_mins(2);

/// Does an act with the passphrases of the keyring, and waits for what it promises.
///
/// # Errors
/// Those of the engine's function.
pub async fn carry_out(
    action: Action,
    connection: &Connection,
    guest: &Guest,
) -> Result<(), Error> {
    lifecycle::carry_out(connection, guest, action, &Source::Keyring, PATIENCE).await
}

/// How an act looks. Texts are English, to be translated where they are shown.
#[derive(Debug)]
pub struct Look {
    /// Which act.
    pub action: Action,
    /// Its label; an ellipsis says that a question follows.
    pub label: &'static str,
    /// The label of its button among those for several machines, if there is one.
    pub together: Option<&'static str>,
    /// Its icon, where there is no room for the label.
    pub icon: &'static str,
    /// What is said while it is being done.
    pub progress: &'static str,
    /// The log's words when it begins.
    pub began: &'static str,
    /// The log's words when it is done.
    pub done: &'static str,
    /// The heading when it failed; has the place `{name}`.
    pub failed: &'static str,
    /// What is asked before it, if it is dangerous.
    pub question: Option<Question>,
}

/// What is asked before a dangerous act.
#[derive(Debug)]
pub struct Question {
    /// About one machine; has the place `{name}`.
    pub heading: &'static str,
    /// The same for several: for one, and for more; both have the place `{number}`.
    pub headings: (&'static str, &'static str),
    /// What it risks.
    pub body: &'static str,
    /// The same for several.
    pub body_of_several: &'static str,
    /// The label of yes.
    pub yes: &'static str,
}

/// All looks.
static LOOKS: [Look; 7] = [
    Look {
        action: Action::Launch,
        label: mark("Start"),
        together: Some(mark("_Start")),
        icon: "media-playback-start-symbolic",
        progress: mark("Starting…"),
        began: mark("Start requested"),
        done: mark("Started"),
        failed: mark("Could Not Start “{name}”"),
        question: None,
    },
    Look {
        action: Action::Resume,
        label: mark("Resume"),
        together: Some(mark("_Resume")),
        icon: "media-playback-start-symbolic",
        progress: mark("Resuming…"),
        began: mark("Resume requested"),
        done: mark("Resumed"),
        failed: mark("Could Not Resume “{name}”"),
        question: None,
    },
    Look {
        action: Action::ShutDown,
        label: mark("Shut Down"),
        together: Some(mark("Shut _Down")),
        icon: "system-shutdown-symbolic",
        progress: mark("Waiting for the system to shut down…"),
        began: mark("Shutdown requested"),
        done: mark("Shut down"),
        failed: mark("Could Not Shut Down “{name}”"),
        question: None,
    },
    Look {
        action: Action::Suspend,
        label: mark("Pause"),
        together: Some(mark("_Pause")),
        icon: "media-playback-pause-symbolic",
        progress: mark("Pausing…"),
        began: mark("Pause requested"),
        done: mark("Pause done"),
        failed: mark("Could Not Pause “{name}”"),
        question: None,
    },
    Look {
        action: Action::Reboot,
        label: mark("Reboot"),
        together: Some(mark("Re_boot")),
        icon: "system-reboot-symbolic",
        progress: mark("Waiting for the system to reboot…"),
        began: mark("Reboot requested"),
        done: mark("Rebooted"),
        failed: mark("Could Not Reboot “{name}”"),
        question: None,
    },
    Look {
        action: Action::Reset,
        label: mark("Reset…"),
        together: None,
        icon: "system-reboot-symbolic",
        progress: mark("Resetting…"),
        began: mark("Reset requested"),
        done: mark("Reset done"),
        failed: mark("Could Not Reset “{name}”"),
        question: Some(Question {
            heading: mark("Reset “{name}”?"),
            headings: mark_plural(
                "Reset {number} Virtual Machine?",
                "Reset {number} Virtual Machines?",
            ),
            body: mark(
                "This is like the reset button: what is not saved in it is lost, and files may be \
                 damaged.",
            ),
            body_of_several: mark(
                "This is like the reset button: what is not saved in them is lost, and files may \
                 be damaged.",
            ),
            yes: mark("_Reset"),
        }),
    },
    Look {
        action: Action::ForceOff,
        label: mark("Force Off…"),
        together: Some(mark("_Force Off…")),
        icon: "system-shutdown-symbolic",
        progress: mark("Forcing off…"),
        began: mark("Force off requested"),
        done: mark("Forced off"),
        failed: mark("Could Not Force Off “{name}”"),
        question: Some(Question {
            heading: mark("Force Off “{name}”?"),
            headings: mark_plural(
                "Force Off {number} Virtual Machine?",
                "Force Off {number} Virtual Machines?",
            ),
            body: mark(
                "This is like pulling the plug: what is not saved in it is lost, and files may be \
                 damaged.",
            ),
            body_of_several: mark(
                "This is like pulling the plug: what is not saved in them is lost, and files may \
                 be damaged.",
            ),
            yes: mark("_Force Off"),
        }),
    },
];

/// How an act looks.
pub fn look(action: Action) -> &'static Look {
    let mut looks = LOOKS.iter();
    looks
        .find(|look| look.action == action)
        .unwrap_or(&LOOKS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_has_its_look_and_each_dangerous_one_its_question() {
        for action in Action::ALL {
            let look = look(action);
            assert_eq!(look.action, action);
            assert_eq!(look.question.is_some(), action.is_dangerous(), "{action:?}");
        }
    }
}
