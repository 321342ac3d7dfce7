// SPDX-License-Identifier: GPL-3.0-or-later
//! What a person can have done with a guest, when it is offered, and the engine's function for it.

use std::time::Duration;

use oriel::guest::{DomainState, Guest, lifecycle};
use oriel::secret::handover::Source;
use oriel::{Connection, Error};

/// How long a system may take to shut down or reboot before the person is told.
const PATIENCE: Duration = Duration::from_mins(2);

/// A lifecycle step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Start it, with its passphrases from the keyring.
    Launch,
    /// Press its power button.
    ShutDown,
    /// Ask it to reboot.
    Reboot,
    /// Press its reset button.
    Reset,
    /// Pull the plug.
    ForceOff,
    /// Pause it.
    Suspend,
    /// Let it run on.
    Resume,
}

impl Action {
    /// Every action, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Launch,
        Self::Resume,
        Self::ShutDown,
        Self::Suspend,
        Self::Reboot,
        Self::Reset,
        Self::ForceOff,
    ];

    /// The name of its `GAction`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Launch => "launch",
            Self::ShutDown => "shutdown",
            Self::Reboot => "reboot",
            Self::Reset => "reset",
            Self::ForceOff => "force-off",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
        }
    }

    /// Whether unsaved work in the guest is lost, so that the person is asked first.
    pub fn is_dangerous(self) -> bool {
        matches!(self, Self::Reset | Self::ForceOff)
    }

    /// Whether it makes sense for a guest in this state.
    pub fn fits(self, state: DomainState) -> bool {
        match self {
            Self::Launch => !state.is_active(),
            Self::ShutDown | Self::Reboot | Self::Suspend => state == DomainState::Running,
            Self::Resume => state == DomainState::Paused,
            Self::Reset | Self::ForceOff => state.is_active(),
        }
    }

    /// Does it, and waits for what it promises.
    ///
    /// # Errors
    /// Those of the engine's function.
    pub async fn carry_out(self, connection: &Connection, guest: &Guest) -> Result<(), Error> {
        match self {
            Self::Launch => lifecycle::launch(connection, guest, &Source::Keyring).await,
            Self::ShutDown => lifecycle::shutdown(connection, guest, PATIENCE).await,
            Self::Reboot => lifecycle::reboot(connection, guest, PATIENCE).await,
            Self::Reset => lifecycle::reset(connection, guest).await,
            Self::ForceOff => lifecycle::force_off(connection, guest).await,
            Self::Suspend => lifecycle::suspend(connection, guest).await,
            Self::Resume => lifecycle::resume(connection, guest).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(state: DomainState) -> Vec<&'static str> {
        let fitting = Action::ALL.into_iter().filter(|action| action.fits(state));
        fitting.map(Action::id).collect()
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
        let asked = Action::ALL.into_iter().filter(|one| one.is_dangerous());
        assert_eq!(asked.collect::<Vec<_>>(), [Action::Reset, Action::ForceOff]);
    }
}
