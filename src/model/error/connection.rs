// SPDX-License-Identifier: GPL-3.0-or-later
//! How a connection fails.

use super::ErrorKind;
use super::advice::connect_hint;
use super::cause;
use super::failure::{Failure, Reason};
use super::told::NextStep;
use crate::message::{Message, mark, texts};

/// What went wrong with a connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectionError {
    /// It could not be opened.
    CannotConnect {
        /// Its URI.
        uri: String,
        /// libvirt's own error.
        source: Failure,
    },
    /// libvirt asked who we are and did not accept the answer, or got none.
    NotAuthenticated {
        /// The connection's URI.
        uri: String,
        /// What libvirt or the person said.
        reason: Message,
    },
    /// It broke, before or while something was done.
    Lost {
        /// Its URI.
        uri: String,
        /// What was attempted.
        doing: Message,
    },
    /// There was no answer in time.
    Timeout {
        /// What was attempted.
        doing: Message,
        /// How long it was waited for, in seconds.
        seconds: u64,
    },
    /// It came back, and leads elsewhere.
    OtherHost {
        /// Its URI.
        uri: String,
    },
    /// The URI names a program to be run, and nobody has allowed that.
    ProgramNotAllowed {
        /// The URI.
        uri: String,
        /// The program.
        program: String,
    },
}

texts! {
    /// What is said of connections.
    CONNECTION;
    CANNOT_CONNECT = "cannot-connect", mark("Could not connect to {uri}. {why}");
    NOT_AUTHENTICATED = "not-authenticated", mark("{uri} did not let you in. {why}");
    LOST = "connection-lost", mark("The connection to {uri} was lost in the attempt to {doing}.");
    TIMEOUT = "timeout", mark("There was no answer within {seconds} s to the request to {doing}. It may still be under way.");
    OTHER_HOST = "other-host", mark("{uri} leads to another host now, so nothing was done there.");
    PROGRAM = "program-not-allowed", mark("{uri} would run the program “{program}”, and nobody allowed that.");
    NOBODY_ANSWERED = "nobody-answered", mark("No credentials were provided.");
    NO_ANSWER = "lost-no-answer", mark("The host does not answer any more.");
    HUNG_UP = "lost-hung-up", mark("The libvirt daemon closed the connection.");
    BROKEN = "lost-broken", mark("The connection broke.");
    TRY_SSH = "try-ssh", mark("Try “ssh HOST” in a terminal. It shows what is wrong, and asks whether to trust a host that it doesn’t know.");
    CHECK_LOGIN = "check-login", mark("Check the user name and the password, and whether your account may manage virtual machines (on many systems: the group “libvirt”).");
    CHECK_HOST = "check-host", mark("Check that the host and its libvirt daemon run. Look at the state of the virtual machine before you try again.");
    WAIT_AND_LOOK = "wait-and-look", mark("Wait a little, and look at the state of the virtual machine before you try again.");
    OPEN_AGAIN = "open-again", mark("Reconnect to that host if you trust it.");
    ALLOW_PROGRAM = "allow-program", "If you know that program and wrote the address yourself, add “--allow-program”. If somebody gave you the address, don’t.";
    ALLOW_IN_WINDOW = "allow-in-window", mark("If you know that program and wrote the address yourself, add the connection in the window. If somebody gave you the address, don’t.");
}

impl ConnectionError {
    pub(super) fn message(&self) -> Message {
        match self {
            Self::CannotConnect { uri, source } => CANNOT_CONNECT
                .with("uri", uri)
                .with("why", cause::verbatim(source)),
            Self::NotAuthenticated { uri, reason } => {
                NOT_AUTHENTICATED.with("uri", uri).with("why", reason)
            }
            Self::Lost { uri, doing } => LOST.with("uri", uri).with("doing", doing),
            Self::Timeout { doing, seconds } => {
                TIMEOUT.with("doing", doing).with("seconds", *seconds)
            }
            Self::OtherHost { uri } => OTHER_HOST.with("uri", uri),
            Self::ProgramNotAllowed { uri, program } => {
                PROGRAM.with("uri", uri).with("program", program)
            }
        }
    }

    pub(super) fn next(&self) -> NextStep {
        match self {
            Self::CannotConnect { uri, .. } => NextStep::both(connect_hint(uri)),
            Self::NotAuthenticated { uri, .. } if uri.contains("+ssh://") => {
                NextStep::both(TRY_SSH)
            }
            Self::NotAuthenticated { .. } => NextStep::both(CHECK_LOGIN),
            Self::Lost { .. } => NextStep::both(CHECK_HOST),
            Self::Timeout { .. } => NextStep::both(WAIT_AND_LOOK),
            Self::OtherHost { .. } => NextStep::both(OPEN_AGAIN),
            Self::ProgramNotAllowed { .. } => NextStep::of(ALLOW_IN_WINDOW, ALLOW_PROGRAM),
        }
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::CannotConnect { source, .. } if source.reason() == Reason::NotAllowed => {
                ErrorKind::Refused
            }
            Self::CannotConnect { .. } | Self::Lost { .. } => ErrorKind::ConnectionLost,
            Self::NotAuthenticated { .. } | Self::ProgramNotAllowed { .. } => ErrorKind::Refused,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::OtherHost { .. } => ErrorKind::Failed,
        }
    }
}
