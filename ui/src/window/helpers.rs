// SPDX-License-Identifier: GPL-3.0-or-later
//! What the window says where no guest is on show.

use oriel::connection::Status;

use crate::i18n::{gettext, gettext_f};

/// What stands where a guest's page would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Empty {
    /// The icon.
    pub icon: &'static str,
    /// In a few words.
    pub title: String,
    /// What to do.
    pub description: String,
    /// Whether "Try Again" makes sense.
    pub retry: bool,
}

/// What to say with no guest on show, with so many guests and connections that stand so.
pub fn empty(guests: usize, statuses: &[Status]) -> Empty {
    if guests > 0 {
        return Empty {
            icon: "computer-symbolic",
            title: gettext("No Virtual Machine Chosen"),
            description: gettext("Choose one in the list to see and manage it."),
            retry: false,
        };
    }
    let down = statuses.iter().find_map(|status| match status {
        Status::Waiting { reason, .. } | Status::Refused { reason } => Some(reason),
        _ => None,
    });
    if statuses.contains(&Status::Online) {
        Empty {
            icon: "computer-symbolic",
            title: gettext("No Virtual Machines"),
            // Translators: keep “orielctl create”, it is a command.
            description: gettext(
                "Create one with “orielctl create” in a terminal; it appears here by itself.",
            ),
            retry: false,
        }
    } else if let Some(reason) = down {
        Empty {
            icon: "network-offline-symbolic",
            title: gettext("Not Connected"),
            description: gettext_f(
                "{reason}. Check that libvirt’s daemon runs and that your account may use it.",
                &[("reason", reason.trim_end_matches('.'))],
            ),
            retry: true,
        }
    } else {
        Empty {
            icon: "content-loading-symbolic",
            title: gettext("Connecting …"),
            description: gettext("The virtual machines appear as soon as libvirt answers."),
            retry: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting() -> Status {
        Status::Waiting {
            reason: "Connection refused.".into(),
            retry_in: 5,
        }
    }

    #[test]
    fn a_connection_that_is_down_can_be_tried_again() {
        let state = empty(0, &[waiting()]);
        assert!(state.retry);
        assert!(state.description.starts_with("Connection refused. Check"));
    }

    #[test]
    fn one_connection_that_is_up_is_enough() {
        let state = empty(0, &[waiting(), Status::Online]);
        assert_eq!(state.title, "No Virtual Machines");
        assert!(!state.retry);
    }

    #[test]
    fn with_guests_one_is_to_be_chosen() {
        assert_eq!(empty(1, &[waiting()]).title, "No Virtual Machine Chosen");
    }
}
