// SPDX-License-Identifier: GPL-3.0-or-later
//! The steps of the assistant, and which of them a fault belongs to.

use oriel::Error;
use oriel::error::JobError;
use oriel::guest::create::Part;

use oriel_ui_kit::i18n::gettext;

/// A step: what is on show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Where from, and on which connection.
    Source,
    /// The name.
    Name,
    /// Memory, processors, limits, network.
    Resources,
    /// The disk, and its encryption.
    Disk,
    /// All of it again.
    Summary,
    /// It is being made, was made, or was not.
    Progress,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [
        Self::Source,
        Self::Name,
        Self::Resources,
        Self::Disk,
        Self::Summary,
        Self::Progress,
    ];

    /// How many of them the person goes through before anything is made.
    pub const QUESTIONS: usize = 5;

    /// The name of its page.
    pub fn id(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Name => "name",
            Self::Resources => "resources",
            Self::Disk => "disk",
            Self::Summary => "summary",
            Self::Progress => "progress",
        }
    }

    /// Its title.
    pub fn title(self) -> String {
        gettext(match self {
            Self::Source => "Install From",
            Self::Name => "Name",
            Self::Resources => "Resources",
            Self::Disk => "Disk",
            Self::Summary => "Summary",
            Self::Progress => "New Virtual Machine",
        })
    }

    /// Its number, counted from 1.
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|step| *step == self).unwrap_or(0) + 1
    }

    /// The step before, if there is one to go back to.
    pub fn before(self) -> Option<Self> {
        Self::ALL.get(self.number().checked_sub(2)?).copied()
    }

    /// The step where a fault can be mended.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Unfit { part, .. } => match part {
                Part::Source => Self::Source,
                Part::Name => Self::Name,
                Part::Resources => Self::Resources,
                Part::Disk => Self::Disk,
            },
            // A guest of that name may have come while it was made.
            Error::Exists { .. } => Self::Name,
            Error::Job(JobError::LeftBehind { source, .. }) => Self::of(source),
            // No room and no key are of the disk; and from it, the way on checks everything again.
            _ => Self::Disk,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other() {
        assert_eq!(Step::Source.before(), None);
        for pair in Step::ALL.windows(2) {
            assert_eq!(pair[1].before(), Some(pair[0]));
        }
        assert_eq!(Step::Summary.number(), Step::QUESTIONS);
    }

    #[test]
    fn a_fault_goes_where_it_can_be_mended() {
        let taken = Error::Exists {
            thing: oriel::error::Thing::Guest,
            name: "web".into(),
            uri: "qemu:///system".into(),
        };
        assert_eq!(Step::of(&taken), Step::Name);
        let unfit = Error::Unfit {
            part: Part::Resources,
            error: Box::new(taken),
        };
        assert_eq!(Step::of(&unfit), Step::Resources);
        assert_eq!(Step::of(&Error::Job(JobError::Cancelled)), Step::Disk);
    }
}
