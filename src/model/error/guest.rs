// SPDX-License-Identifier: GPL-3.0-or-later
//! How what is done with a guest fails.

use super::ErrorKind;
use super::told::NextStep;
use crate::message::{Message, Text, mark, texts};
use crate::model::guest::DomainState;

/// What went wrong with a guest.
#[derive(Debug)]
#[non_exhaustive]
pub enum GuestError {
    /// It is not in a state in which this can be done.
    WrongState {
        /// What was attempted.
        doing: Message,
        /// Its name.
        name: String,
        /// The state that it is in.
        state: DomainState,
    },
    /// The promised state was not reached.
    StateNotReached {
        /// Its name.
        name: String,
        /// What it is still like.
        still: Still,
        /// How long it was waited for, in seconds.
        seconds: u64,
        /// The likely reason.
        why: &'static Wait,
    },
    /// Something else is being done with it.
    Busy {
        /// Its name.
        name: String,
        /// What is being done.
        other: Message,
    },
}

/// What a guest is still like after it should have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Still {
    /// It is in that state.
    State(DomainState),
    /// It has not rebooted.
    NotRebooted,
    /// It is listed under its old name.
    OldName,
    /// It is defined.
    Defined,
}

/// Why a wait may end without what was waited for, and what to do then.
#[derive(Debug, PartialEq, Eq)]
pub struct Wait {
    /// The likely reason.
    pub(crate) why: &'static Text,
    /// What to do next, in a window and at the command line.
    pub(crate) next: Option<(&'static Text, &'static Text)>,
}

texts! {
    /// What is said of guests.
    GUEST;
    WRONG_STATE = "wrong-state", mark("Could not {doing}. “{name}” is {state}.");
    STILL = "still", mark("“{name}” is still {state} after {seconds} s. {why}");
    NOT_REBOOTED = "not-rebooted", mark("“{name}” did not reboot within {seconds} s. {why}");
    OLD_NAME = "old-name", mark("“{name}” is still listed under its old name after {seconds} s. {why}");
    STILL_DEFINED = "still-defined", mark("“{name}” is still defined after {seconds} s. {why}");
    BUSY = "guest-busy", mark("“{name}” is busy. Oriel is still trying to {doing}.");
    SILENT = "silent", mark("It does not answer, and libvirt waits for it.");
    LATER = "later", mark("Wait until that is done, then try again.");
    UNKNOWN = "state-unknown", mark("in an unknown state");
    RUNNING = "state-running", mark("running");
    PAUSED = "state-paused", mark("paused");
    SHUTTING_DOWN = "state-shutting-down", mark("shutting down");
    SHUT_OFF = "state-shut-off", mark("shut off");
    CRASHED = "state-crashed", mark("crashed");
    ASLEEP = "state-asleep", mark("asleep");
    STOPPED_AGAIN = "stopped-again", mark("It stopped again at once.");
    NOT_RESUMED = "not-resumed", mark("The hypervisor did not resume it.");
    NOT_PAUSED = "not-paused", mark("The hypervisor did not pause it.");
    POWER_BUTTON = "power-button", mark("The system in it does not react to the power button.");
    NO_REACTION = "no-reaction", mark("The system in it does not react.");
    PROCESS_STAYS = "process-stays", mark("Its process does not end.");
    STILL_LISTED = "still-listed", mark("libvirt still lists it.");
    NOT_TOLD = "not-told", mark("libvirt has not told the new name.");
    READ_ITS_LOG = "read-its-log", mark("Its log may tell more. Look at its events.");
    READ_LOG_FILE = "read-log-file", "Its log may tell more: /var/log/libvirt/qemu, or ~/.cache/libvirt/qemu/log for your own virtual machines.";
    LOOK_OR_FORCE = "look-or-force", mark("Look at its screen. The system in it may wait for an answer. If it does not react, “Force Off” is like pulling the plug.");
    WAIT_OR_FORCE = "wait-or-force", "Wait longer (--timeout), or force it off, which is like pulling the plug.";
    LOOK_OR_RESET = "look-or-reset", mark("Look at its screen. If the system in it does not react, “Reset” is like the reset button.");
    WAIT_OR_RESET = "wait-or-reset", "Wait longer (--timeout), or reset it, which is like the reset button.";
    LOOK_AGAIN = "look-again", mark("Look at its state again in a moment.");
}

/// The waits of the engine.
pub(crate) mod waits {
    use super::{
        LOOK_AGAIN, LOOK_OR_FORCE, LOOK_OR_RESET, NO_REACTION, NOT_PAUSED, NOT_RESUMED, NOT_TOLD,
        POWER_BUTTON, PROCESS_STAYS, READ_ITS_LOG, READ_LOG_FILE, STILL_LISTED, STOPPED_AGAIN,
        WAIT_OR_FORCE, WAIT_OR_RESET, Wait,
    };

    macro_rules! waits {
        ($($name:ident = $why:expr, $window:expr, $command:expr;)*) => {
            $(pub(crate) static $name: Wait = Wait {
                why: $why,
                next: Some(($window, $command)),
            };)*
            #[cfg(test)]
            pub(crate) static ALL: &[&Wait] = &[$(&$name),*];
        };
    }

    waits! {
        TO_RUN = STOPPED_AGAIN, READ_ITS_LOG, READ_LOG_FILE;
        TO_RESUME = NOT_RESUMED, LOOK_AGAIN, LOOK_AGAIN;
        TO_PAUSE = NOT_PAUSED, LOOK_AGAIN, LOOK_AGAIN;
        TO_SHUT_DOWN = POWER_BUTTON, LOOK_OR_FORCE, WAIT_OR_FORCE;
        TO_REBOOT = NO_REACTION, LOOK_OR_RESET, WAIT_OR_RESET;
        TO_END = PROCESS_STAYS, LOOK_AGAIN, LOOK_AGAIN;
        TO_GO = STILL_LISTED, LOOK_AGAIN, LOOK_AGAIN;
        TO_BE_RENAMED = NOT_TOLD, LOOK_AGAIN, LOOK_AGAIN;
    }
}

/// The state in words that follow "is".
pub(super) fn state_words(state: DomainState) -> &'static Text {
    match state {
        DomainState::Unknown => UNKNOWN,
        DomainState::Running => RUNNING,
        DomainState::Paused => PAUSED,
        DomainState::ShuttingDown => SHUTTING_DOWN,
        DomainState::ShutOff => SHUT_OFF,
        DomainState::Crashed => CRASHED,
        DomainState::PmSuspended => ASLEEP,
    }
}

impl GuestError {
    pub(super) fn message(&self) -> Message {
        match self {
            Self::WrongState { doing, name, state } => WRONG_STATE
                .named(name)
                .with("doing", doing)
                .with("state", state_words(*state)),
            Self::StateNotReached {
                name,
                still,
                seconds,
                why,
            } => {
                let text = match still {
                    Still::State(_) => STILL,
                    Still::NotRebooted => NOT_REBOOTED,
                    Still::OldName => OLD_NAME,
                    Still::Defined => STILL_DEFINED,
                };
                let message = text
                    .named(name)
                    .with("seconds", *seconds)
                    .with("why", why.why);
                match still {
                    Still::State(state) => message.with("state", state_words(*state)),
                    _ => message,
                }
            }
            Self::Busy { name, other } => BUSY.named(name).with("doing", other),
        }
    }

    pub(super) fn next(&self) -> NextStep {
        match self {
            Self::WrongState { .. } => NextStep::default(),
            Self::StateNotReached { why, .. } => why
                .next
                .map(|(window, command)| NextStep::of(window, command))
                .unwrap_or_default(),
            Self::Busy { .. } => NextStep::both(LATER),
        }
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::WrongState { .. } => ErrorKind::Failed,
            Self::StateNotReached { .. } => ErrorKind::Timeout,
            Self::Busy { .. } => ErrorKind::Busy,
        }
    }
}
