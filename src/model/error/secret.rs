// SPDX-License-Identifier: GPL-3.0-or-later
//! How the hand-over of a passphrase fails.

use super::ErrorKind;
use super::failure::Failure;
use super::keyring::KeyringError;
use super::told::NextStep;
use crate::message::{Message, Text, mark, texts};
use crate::model::place;

/// What went wrong with a passphrase.
#[derive(Debug)]
#[non_exhaustive]
pub enum SecretError {
    /// The desktop keyring did not give or take it.
    Keyring(KeyringError),
    /// It is nowhere, and nobody gave one.
    Missing {
        /// The guest.
        name: String,
        /// Which disk or device: "disk vda".
        place: String,
        /// Why there is no keyring, if that is so; else nobody answered.
        no_keyring: Option<Message>,
    },
    /// The keyring's was stored for another host, and nobody said that this one may have it.
    ForOther {
        /// The guest.
        name: String,
        /// Which disk or device.
        place: String,
        /// The connection.
        uri: String,
    },
    /// It does not open the image.
    Wrong {
        /// The guest.
        name: String,
        /// libvirt's own error.
        source: Failure,
    },
    /// It must not go over a connection that others can read.
    InsecureConnection {
        /// The connection's URI.
        uri: String,
        /// What is not secure about it.
        why: Insecure,
    },
    /// libvirt's secret is taken.
    Taken(Taken),
}

/// What is not secure about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insecure {
    /// It is not encrypted.
    Plain,
    /// `no_verify` is set.
    NoVerify,
    /// `known_hosts_verify` is set.
    KnownHosts,
    /// `name` has the daemon there connect on.
    Name,
    /// ssh does not tell its settings.
    SshSilent,
    /// ssh accepts any host's key.
    SshAnyKey,
    /// ssh accepts the key of a host that is new.
    SshNewKey,
}

/// Who has libvirt's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Somebody else.
    BySomebody(uuid::Uuid),
    /// Another start of ours.
    ByStart,
    /// Another start, which tries a typed passphrase.
    ByTry,
    /// Another Oriel, for the moment of taking or giving back.
    ByOther,
}

texts! {
    /// What is said of passphrases.
    SECRET;
    MISSING = "passphrase-missing", mark("The passphrase of {place} of “{name}” is not in the keyring, and nobody answered the question for it.");
    MISSING_NO_KEYRING = "passphrase-missing-no-keyring", mark("Nobody gave the passphrase of {place} of “{name}”, and there is no keyring in this session ({why}).");
    FOR_OTHER = "passphrase-for-other", mark("The passphrase of {place} of “{name}” was not handed over. It was not stored for the host that {uri} leads to.");
    WRONG = "passphrase-wrong", mark("The passphrase does not open an encrypted disk of “{name}”.");
    INSECURE = "insecure-connection", mark("No passphrase is sent over {uri}. {why}");
    PLAIN = "insecure-plain", mark("The connection is not encrypted.");
    NO_VERIFY = "insecure-no-verify", mark("“no_verify” is set, so nobody knows which host is at the other end.");
    KNOWN_HOSTS = "insecure-known-hosts", mark("“known_hosts_verify” is set, so nobody knows which host is at the other end.");
    NAME = "insecure-name", mark("“name” has the daemon there connect to another address, which nobody checks.");
    SSH_SILENT = "insecure-ssh-silent", mark("ssh does not tell its settings for this host (“ssh -G HOST”).");
    SSH_ANY_KEY = "insecure-ssh-any-key", mark("ssh’s StrictHostKeyChecking is off, so nobody knows which host is at the other end.");
    SSH_NEW_KEY = "insecure-ssh-new-key", mark("ssh’s StrictHostKeyChecking is “accept-new”, which takes the key of any host that it does not know yet.");
    BY_SOMEBODY = "secret-of-somebody", mark("The secret {secret} in libvirt belongs to somebody else, perhaps to an Oriel of another user or machine.");
    BY_START = "secret-in-use", mark("Another start uses the same passphrase.");
    BY_TRY = "secret-tried", mark("Another start is trying a passphrase that was typed.");
    BY_OTHER = "secret-gate", mark("Another Oriel is working on a secret of this host.");
    START_IN_TERMINAL = "start-in-terminal", "Start it from a terminal and type the passphrase, or give it with --passphrase-file.";
    TRY_AND_TYPE = "try-and-type", mark("Try again and type the passphrase.");
    ALLOW_HOST = "allow-host", mark("If that host may have it, start the virtual machine again and say so.");
    HAND_OVER_OPTION = "hand-over-option", "If that host may have it, start the virtual machine in a terminal or in the window and say so, or use --hand-over.";
    RIGHT_ONE = "right-one", mark("Try again with the right passphrase. Copies of the keyring in a backup may hold an older one.");
    SECURE_ADDRESS = "secure-address", mark("Reach this host by qemu+ssh://, or by qemu+tls:// with certificates.");
    THEIRS = "look-whose", mark("Ask its owner to remove it, or end the Oriel that uses it.");
    IN_A_MOMENT = "in-a-moment", mark("Try again in a moment.");
}

impl Insecure {
    pub(super) const ALL: [(Self, &'static Text); 7] = [
        (Self::Plain, PLAIN),
        (Self::NoVerify, NO_VERIFY),
        (Self::KnownHosts, KNOWN_HOSTS),
        (Self::Name, NAME),
        (Self::SshSilent, SSH_SILENT),
        (Self::SshAnyKey, SSH_ANY_KEY),
        (Self::SshNewKey, SSH_NEW_KEY),
    ];

    /// It in words.
    pub(crate) fn words(self) -> &'static Text {
        Self::ALL[self as usize].1
    }
}

impl SecretError {
    pub(super) fn message(&self) -> Message {
        match self {
            Self::Keyring(error) => error.message(),
            Self::Missing {
                name,
                place,
                no_keyring,
            } => match no_keyring {
                Some(why) => MISSING_NO_KEYRING.with("why", why),
                None => MISSING.into(),
            }
            .with("name", name)
            .with("place", place::words(place)),
            Self::ForOther { name, place, uri } => FOR_OTHER
                .named(name)
                .with("place", place::words(place))
                .with("uri", uri),
            Self::Wrong { name, .. } => WRONG.named(name),
            Self::InsecureConnection { uri, why } => {
                INSECURE.with("uri", uri).with("why", why.words())
            }
            Self::Taken(Taken::BySomebody(secret)) => {
                BY_SOMEBODY.with("secret", secret.to_string())
            }
            Self::Taken(Taken::ByStart) => BY_START.into(),
            Self::Taken(Taken::ByTry) => BY_TRY.into(),
            Self::Taken(Taken::ByOther) => BY_OTHER.into(),
        }
    }

    pub(super) fn next(&self) -> NextStep {
        match self {
            Self::Keyring(error) => error.next(),
            Self::Missing { .. } => NextStep::of(TRY_AND_TYPE, START_IN_TERMINAL),
            Self::ForOther { .. } => NextStep::of(ALLOW_HOST, HAND_OVER_OPTION),
            Self::Wrong { .. } => NextStep::both(RIGHT_ONE),
            Self::InsecureConnection { .. } => NextStep::both(SECURE_ADDRESS),
            Self::Taken(Taken::BySomebody(_)) => NextStep::both(THEIRS),
            Self::Taken(_) => NextStep::both(IN_A_MOMENT),
        }
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::Keyring(error) => error.kind(),
            Self::Taken(_) => ErrorKind::Busy,
            _ => ErrorKind::Refused,
        }
    }
}
