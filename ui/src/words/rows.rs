// SPDX-License-Identifier: GPL-3.0-or-later
//! What rows say, in words and icons.

use oriel::connection::Status;
use oriel::guest::{DomainState, Guest};
use oriel::secret::state::KeyState;
use oriel::shown::shown;
use oriel::xml::summary::Encrypted;

use oriel_ui_kit::i18n::{gettext, gettext_f, ngettext_f, said};

/// The state of a guest in a word or two.
pub fn state_text(state: DomainState) -> String {
    gettext(match state {
        DomainState::Unknown => "Unknown",
        DomainState::Running => "Running",
        DomainState::Paused => "Paused",
        DomainState::ShuttingDown => "Shutting down",
        DomainState::ShutOff => "Off",
        DomainState::Crashed => "Crashed",
        DomainState::PmSuspended => "Asleep",
    })
}

/// The icon of a state.
pub fn state_icon(state: DomainState) -> &'static str {
    match state {
        DomainState::Running => "media-playback-start-symbolic",
        DomainState::Paused | DomainState::PmSuspended => "media-playback-pause-symbolic",
        DomainState::ShuttingDown | DomainState::ShutOff => "media-playback-stop-symbolic",
        DomainState::Crashed => "dialog-error-symbolic",
        DomainState::Unknown => "dialog-question-symbolic",
    }
}

/// How much of a picture of a guest's screen shows, of 1: one that is paused does not look as if it
/// ran.
pub fn brightness(state: DomainState) -> f64 {
    if state == DomainState::Running {
        1.0
    } else {
        0.35
    }
}

/// How the key of a guest stands, as far as anybody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Its document has not been read.
    Unread,
    /// Nothing of it opens with a passphrase.
    NotEncrypted,
    /// What it writes is not encrypted, over an encrypted image.
    Exposed,
    /// It has a key, and nobody has answered yet how that stands.
    Unknown,
    /// This is how it stands.
    Known(KeyState),
}

impl Lock {
    /// From the guest's document and the keyring's answer.
    pub fn of(guest: &Guest, key: Option<KeyState>) -> Self {
        match (&guest.summary, key) {
            (None, _) => Self::Unread,
            (Some(summary), _) if summary.encrypted() == Encrypted::Exposed => Self::Exposed,
            (Some(summary), _) if summary.secrets.is_empty() => Self::NotEncrypted,
            (Some(_), None) => Self::Unknown,
            (Some(_), Some(state)) => Self::Known(state),
        }
    }

    /// In words; `None` if there is nothing to say yet.
    pub fn text(self) -> Option<String> {
        Some(gettext(match self {
            Self::Unread => return None,
            Self::NotEncrypted | Self::Known(KeyState::None) => "not encrypted",
            Self::Exposed => "data exposed",
            Self::Unknown => "key unknown",
            Self::Known(KeyState::Stored) => "key in keyring",
            Self::Known(KeyState::ForOther) => "other host’s key",
            Self::Known(KeyState::HeldByLibvirt) => "key held by libvirt",
            Self::Known(KeyState::Locked) => "keyring locked",
            Self::Known(KeyState::Missing) => "key missing",
        }))
    }

    /// The icon that goes with the words.
    pub fn icon(self) -> Option<&'static str> {
        Some(match self {
            Self::Unread | Self::NotEncrypted | Self::Known(KeyState::None) => return None,
            Self::Unknown | Self::Known(KeyState::ForOther) => "dialog-question-symbolic",
            Self::Known(KeyState::Stored | KeyState::HeldByLibvirt) => "dialog-password-symbolic",
            Self::Known(KeyState::Locked) => "changes-prevent-symbolic",
            Self::Exposed | Self::Known(KeyState::Missing) => "dialog-warning-symbolic",
        })
    }
}

/// The second line of a guest's row: its state, and its key or what is wrong.
pub fn guest_line(guest: &Guest, key: Option<KeyState>) -> String {
    let state = state_text(guest.state);
    if guest.error.is_some() {
        return gettext_f("{state} · can’t be read", &[("state", &state)]);
    }
    match Lock::of(guest, key).text() {
        // Translators: "Running · key in keyring"
        Some(key) => gettext_f("{state} · {key}", &[("state", &state), ("key", &key)]),
        None => state,
    }
}

/// The second line of the row for all guests.
pub fn all_line(guests: usize, running: usize) -> String {
    let count = ngettext_f("{number} machine", "{number} machines", guests, &[]);
    let running = ngettext_f("{number} running", "{number} running", running, &[]);
    // Translators: "12 machines · 3 running"
    gettext_f(
        "{machines} · {running}",
        &[("machines", &count), ("running", &running)],
    )
}

/// The second line of a connection's row.
pub fn status_line(status: &Status, guests: u32) -> String {
    match status {
        Status::Connecting => gettext("Connecting…"),
        Status::Online if guests == 0 => gettext("No virtual machines"),
        Status::Online => ngettext_f(
            "{number} virtual machine",
            "{number} virtual machines",
            usize::try_from(guests).unwrap_or(usize::MAX),
            &[],
        ),
        Status::Waiting { reason, retry_in } => gettext_f(
            "Not connected; next try in {seconds} s. {reason}",
            &[
                ("seconds", &retry_in.to_string()),
                ("reason", &said(reason)),
            ],
        ),
        Status::Refused { reason } => {
            gettext_f("Access refused. {reason}", &[("reason", &said(reason))])
        }
        Status::Closed => gettext("Closed"),
    }
}

/// The icon of a connection.
pub fn status_icon(status: &Status) -> &'static str {
    match status {
        Status::Online => "computer-symbolic",
        Status::Connecting => "content-loading-symbolic",
        Status::Waiting { .. } | Status::Refused { .. } => "dialog-warning-symbolic",
        Status::Closed => "network-offline-symbolic",
    }
}

/// A connection's name for people: the well-known ones in words, others by their URI.
pub fn connection_name(uri: &str) -> String {
    match uri {
        "qemu:///session" => gettext("My Virtual Machines"),
        "qemu:///system" => gettext("This Computer"),
        "lxc:///" | "lxc:///system" => gettext("Containers"),
        other => shown(other.split('?').next().unwrap_or(other)).into_owned(),
    }
}

/// Whether a guest is meant by the search text, which is in lower case. Its name, its title and
/// its UUID count.
pub fn is_meant(guest: &Guest, wanted: &str) -> bool {
    let title = guest.summary.as_ref().and_then(|s| s.title.as_deref());
    wanted.is_empty()
        || guest.name.to_lowercase().contains(wanted)
        || title.is_some_and(|title| title.to_lowercase().contains(wanted))
        || guest.uuid.to_string().contains(wanted)
}

#[cfg(test)]
mod tests {
    use oriel::message::Message;
    use std::sync::Arc;

    use oriel::xml::DomainSummary;
    use uuid::Uuid;

    use super::*;

    fn guest(xml: &str) -> Guest {
        let summary = DomainSummary::parse(xml.as_bytes()).expect("a document");
        Guest {
            uuid: Uuid::nil(),
            name: summary.name.clone(),
            id: None,
            state: DomainState::ShutOff,
            persistent: true,
            saved: false,
            summary: Some(Arc::new(summary)),
            error: None,
        }
    }

    fn encrypted() -> Guest {
        guest(
            "<domain type='qemu'><name>Web</name><title>Site of the Club</title><devices>\
             <disk type='file' device='disk'><source file='/a'><encryption format='luks'>\
             <secret type='passphrase' uuid='0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'/>\
             </encryption></source><target dev='vda'/></disk></devices></domain>",
        )
    }

    #[test]
    fn the_row_says_how_the_key_stands() {
        let web = encrypted();
        assert_eq!(guest_line(&web, None), "Off · key unknown");
        let line = |state| guest_line(&web, Some(state));
        assert_eq!(line(KeyState::Stored), "Off · key in keyring");
        assert_eq!(line(KeyState::Locked), "Off · keyring locked");
        assert_eq!(line(KeyState::Missing), "Off · key missing");
        let plain = guest("<domain type='qemu'><name>p</name></domain>");
        assert_eq!(guest_line(&plain, None), "Off · not encrypted");
    }

    #[test]
    fn an_unread_guest_claims_nothing() {
        let mut web = encrypted();
        web.summary = None;
        assert_eq!(guest_line(&web, None), "Off");
        web.error = Some(Message::verbatim("it hangs"));
        assert_eq!(guest_line(&web, None), "Off · can’t be read");
    }

    #[test]
    fn search_looks_at_name_and_title() {
        let web = encrypted();
        assert!(is_meant(&web, "") && is_meant(&web, "we") && is_meant(&web, "club"));
        assert!(!is_meant(&web, "mail"));
    }

    #[test]
    fn a_connection_that_is_down_says_why() {
        let waiting = Status::Waiting {
            reason: Message::verbatim("Connection refused"),
            retry_in: 5,
        };
        let line = status_line(&waiting, 3);
        assert!(
            line.contains("5 s") && line.contains("Connection refused"),
            "{line}"
        );
    }

    #[test]
    fn parameters_of_a_uri_are_not_part_of_its_name() {
        assert_eq!(
            connection_name("qemu+unix:///system?socket=/run/x"),
            "qemu+unix:///system"
        );
    }
}
