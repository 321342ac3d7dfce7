// SPDX-License-Identifier: GPL-3.0-or-later
//! What the window says where there is no guest to show.

use oriel::connection::Status;

use oriel_ui_kit::i18n::{gettext, gettext_f, mark, said};

/// What stands where guests would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Empty {
    /// The icon.
    pub icon: &'static str,
    /// In a few words.
    pub title: String,
    /// What to do.
    pub description: String,
    /// An action of the window that does it, and what its button says, to be translated.
    pub action: Option<(&'static str, &'static str)>,
}

impl Empty {
    /// What the button says.
    pub fn button_label(&self) -> String {
        self.action
            .map_or_else(String::new, |(_, label)| gettext(label))
    }
}

/// What to say with no guest on connections that stand so.
pub fn empty(statuses: &[Status]) -> Empty {
    let down = statuses.iter().find_map(|status| match status {
        Status::Waiting { reason, .. } | Status::Refused { reason } => Some(reason),
        _ => None,
    });
    if statuses.is_empty() {
        Empty {
            icon: "network-server-symbolic",
            title: gettext("No Connection"),
            description: gettext("Add a host to see its virtual machines."),
            action: Some(("win.add-connection", mark("Add Connection…"))),
        }
    } else if statuses.contains(&Status::Online) {
        Empty {
            icon: "computer-symbolic",
            title: gettext("No Virtual Machines"),
            description: gettext("Create one, or drop an ISO image here."),
            action: Some(("win.new", mark("New Virtual Machine…"))),
        }
    } else if let Some(reason) = down {
        Empty {
            icon: "network-offline-symbolic",
            title: gettext("Not Connected"),
            description: gettext_f(
                "{reason} Check that libvirt’s daemon runs and that your account may use it.",
                &[("reason", &said(reason))],
            ),
            action: Some(("win.retry", mark("Try Again"))),
        }
    } else {
        Empty {
            icon: "content-loading-symbolic",
            title: gettext("Connecting…"),
            description: gettext("Waiting for libvirt to respond."),
            action: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oriel::message::Message;

    fn waiting() -> Status {
        Status::Waiting {
            reason: Message::verbatim("Connection refused."),
            retry_in: 5,
        }
    }

    #[test]
    fn a_connection_that_is_down_can_be_tried_again() {
        let state = empty(&[waiting()]);
        assert_eq!(state.action.map(|it| it.0), Some("win.retry"));
        assert!(state.description.starts_with("Connection refused. Check"));
    }

    #[test]
    fn one_connection_that_is_up_is_enough() {
        let state = empty(&[waiting(), Status::Online]);
        assert_eq!(state.title, "No Virtual Machines");
        assert_eq!(state.action.map(|it| it.0), Some("win.new"));
    }

    #[test]
    fn without_a_connection_one_is_to_be_added() {
        let state = empty(&[]);
        assert_eq!(state.action.map(|it| it.0), Some("win.add-connection"));
    }
}
