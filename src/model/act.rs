// SPDX-License-Identifier: GPL-3.0-or-later
//! The steps of a guest's life that a person may want: a row for each, which says when it is
//! allowed, what it risks, and what it promises.

use super::doing;
use super::error::{Wait, waits};
use super::guest::DomainState;
use crate::message::Text;

/// A step of a guest's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// To start it, with its passphrases.
    Launch,
    /// To let it run on.
    Resume,
    /// To press its power button.
    ShutDown,
    /// To pause it; its memory stays as it is.
    Suspend,
    /// To ask it to reboot.
    Reboot,
    /// To press its reset button.
    Reset,
    /// To pull the plug.
    ForceOff,
}

/// What there is to say of an act.
#[derive(Debug)]
pub struct Row {
    /// Which one.
    pub act: Act,
    /// Its name in commands and on the bus.
    pub id: &'static str,
    /// The attempt in words.
    pub attempt: &'static Text,
    /// When it is allowed.
    allowed: fn(DomainState) -> bool,
    /// Whether unsaved work in the guest is lost, so that the person is asked first.
    pub is_dangerous: bool,
    /// What it waits for.
    pub promise: Promise,
}

/// What an act waits for, and why that may not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Nothing.
    Nothing,
    /// That it is active.
    Active(&'static Wait),
    /// That it is off.
    Off(&'static Wait),
    /// That it is in a state.
    State(DomainState, &'static Wait),
    /// That it is off, by its own system, which takes its time.
    OffByItself(&'static Wait),
    /// That it reboots, by its own system.
    Reboot(&'static Wait),
}

/// All acts, in the order in which they are shown.
pub static ACTS: [Row; 7] = [
    Row {
        act: Act::Launch,
        id: "launch",
        attempt: doing::START,
        allowed: |state| !state.is_active(),
        is_dangerous: false,
        promise: Promise::Active(&waits::TO_RUN),
    },
    Row {
        act: Act::Resume,
        id: "resume",
        attempt: doing::RESUME,
        allowed: |state| state == DomainState::Paused,
        is_dangerous: false,
        promise: Promise::State(DomainState::Running, &waits::TO_RESUME),
    },
    Row {
        act: Act::ShutDown,
        id: "shutdown",
        attempt: doing::SHUT_DOWN,
        allowed: |state| state == DomainState::Running,
        is_dangerous: false,
        promise: Promise::OffByItself(&waits::TO_SHUT_DOWN),
    },
    Row {
        act: Act::Suspend,
        id: "suspend",
        attempt: doing::PAUSE,
        allowed: |state| state == DomainState::Running,
        is_dangerous: false,
        promise: Promise::State(DomainState::Paused, &waits::TO_PAUSE),
    },
    Row {
        act: Act::Reboot,
        id: "reboot",
        attempt: doing::REBOOT,
        allowed: |state| state == DomainState::Running,
        is_dangerous: false,
        promise: Promise::Reboot(&waits::TO_REBOOT),
    },
    Row {
        act: Act::Reset,
        id: "reset",
        attempt: doing::RESET,
        allowed: DomainState::is_active,
        is_dangerous: true,
        promise: Promise::Nothing,
    },
    Row {
        act: Act::ForceOff,
        id: "force-off",
        attempt: doing::FORCE_OFF,
        allowed: DomainState::is_active,
        is_dangerous: true,
        promise: Promise::Off(&waits::TO_END),
    },
];

impl Act {
    /// Every act, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Launch,
        Self::Resume,
        Self::ShutDown,
        Self::Suspend,
        Self::Reboot,
        Self::Reset,
        Self::ForceOff,
    ];

    /// What there is to say of it.
    pub fn row(self) -> &'static Row {
        &ACTS[self as usize]
    }

    /// Its name in commands and on the bus.
    pub fn id(self) -> &'static str {
        self.row().id
    }

    /// Whether unsaved work in the guest is lost, so that the person is asked first.
    pub fn is_dangerous(self) -> bool {
        self.row().is_dangerous
    }

    /// Whether it is allowed for a guest in this state.
    pub fn fits(self, state: DomainState) -> bool {
        (self.row().allowed)(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(state: DomainState) -> Vec<&'static str> {
        let fitting = Act::ALL.into_iter().filter(|act| act.fits(state));
        fitting.map(Act::id).collect()
    }

    #[test]
    fn each_act_has_its_row() {
        for act in Act::ALL {
            assert_eq!(act.row().act, act);
        }
    }

    #[test]
    fn a_guest_that_is_off_can_only_be_started() {
        assert_eq!(offered(DomainState::ShutOff), ["launch"]);
        assert_eq!(offered(DomainState::Crashed), ["launch"]);
    }

    #[test]
    fn a_running_guest_is_first_shut_down_and_last_forced_off() {
        assert_eq!(
            offered(DomainState::Running),
            ["shutdown", "suspend", "reboot", "reset", "force-off"]
        );
    }

    #[test]
    fn a_paused_guest_is_first_resumed() {
        assert_eq!(
            offered(DomainState::Paused),
            ["resume", "reset", "force-off"]
        );
    }

    #[test]
    fn what_loses_work_is_asked_about() {
        let asked = Act::ALL.into_iter().filter(|one| one.is_dangerous());
        assert_eq!(asked.collect::<Vec<_>>(), [Act::Reset, Act::ForceOff]);
    }
}
