// SPDX-License-Identifier: GPL-3.0-or-later
//! The one error of this crate.
//!
//! It keeps libvirt's number, origin and words, and answers the questions that callers ask of
//! them. It owns no text for the person beyond libvirt's own: the engine says what was tried.

use std::ffi::c_int;
use std::io;
use std::sync::Arc;

use virt::error::{ErrorNumber, ErrorNumberEnum};
use virt_sys as sys;

use crate::ffi;

/// Why a call of this crate failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// libvirt refused or failed (`virGetLastError`).
    #[error("{}", sentence(.message))]
    Libvirt {
        /// The number, one of `virErrorNumber`.
        code: i32,
        /// The part of libvirt that it comes from, one of `virErrorDomain`.
        domain: i32,
        /// libvirt's own words, in the language of the process or of the daemon.
        message: String,
    },
    /// The connection was gone before the call.
    #[error("The connection to the virtualisation host is closed")]
    ConnectionClosed,
    /// The person called the question for a user name or a password off.
    #[error("Signing in was cancelled")]
    SignInCancelled,
    /// The one who asked the person gave fewer or more answers than there were questions.
    #[error("Signing in failed: {questions} answers were needed and {answers} were given")]
    AnswerCount {
        /// How many answers libvirt wanted.
        questions: usize,
        /// How many were given.
        answers: usize,
    },
    /// A text for libvirt holds a zero byte, at which C would cut it off.
    #[error("The {what} holds a zero byte, which libvirt cannot take")]
    ZeroByte {
        /// What the text is.
        what: &'static str,
    },
    /// The host claims to have a number of settings that no guest has.
    #[error("The virtualization host claims to have {count} settings of one kind, which can’t be")]
    ParameterCount {
        /// What it claims.
        count: i32,
    },
    /// Memory for a secret could not be had.
    #[error("Protected memory for a secret could not be set aside: {source}")]
    Memory {
        /// The system's reason.
        source: Arc<io::Error>,
    },
    /// The picture of a guest's screen has more bytes than the caller takes.
    #[error("The picture of the screen is larger than {limit} bytes and was not read")]
    PictureTooLarge {
        /// The caller's limit in bytes.
        limit: usize,
    },
    /// The thread that waits for libvirt's events could not be started.
    #[error("The thread for events of virtual machines could not be started: {source}")]
    EventThread {
        /// The system's reason.
        source: Arc<io::Error>,
    },
}

impl Error {
    /// The error that the last call of this thread left (`virGetLastError`).
    ///
    /// libvirt keeps errors per thread, so this must run on the thread that made the call.
    pub(crate) fn last() -> Self {
        // SAFETY: virGetLastError needs no argument and gives NULL or this thread's error, which
        // stays valid until the next libvirt call on this thread.
        let raw = unsafe { sys::virGetLastError().as_ref() };
        raw.map_or_else(
            || Self::Libvirt {
                code: code(sys::VIR_ERR_INTERNAL_ERROR),
                domain: code(sys::VIR_FROM_NONE),
                message: "libvirt failed and gave no reason".into(),
            },
            |raw| Self::Libvirt {
                code: raw.code,
                domain: raw.domain,
                // SAFETY: the message is NULL or a C string that lives as long as the error.
                message: unsafe { ffi::copy(raw.message) }
                    .unwrap_or_else(|| "libvirt failed and gave no reason".into()),
            },
        )
    }

    /// libvirt's number (`virErrorNumber`), if the error is libvirt's.
    pub fn code(&self) -> Option<i32> {
        match self {
            Self::Libvirt { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// libvirt's number as the binding's enum, if the error is libvirt's and the number is known.
    pub fn number(&self) -> Option<ErrorNumber> {
        let code = sys::virErrorNumber::try_from(self.code()?).ok()?;
        ErrorNumberEnum::from_raw(code).known()
    }

    /// The part of libvirt that the error comes from (`virErrorDomain`), if it is libvirt's.
    pub fn domain(&self) -> Option<i32> {
        match self {
            Self::Libvirt { domain, .. } => Some(*domain),
            _ => None,
        }
    }

    fn is_one_of(&self, codes: &[sys::virErrorNumber]) -> bool {
        self.code()
            .is_some_and(|own| codes.iter().any(|other| code(*other) == own))
    }

    /// There is no such guest (any more).
    pub fn is_no_domain(&self) -> bool {
        self.is_one_of(&[sys::VIR_ERR_NO_DOMAIN])
    }

    /// There is no such secret, or it has no value.
    pub fn is_no_secret(&self) -> bool {
        self.is_one_of(&[sys::VIR_ERR_NO_SECRET])
    }

    /// The named object does not exist, whatever its kind.
    pub fn is_not_found(&self) -> bool {
        self.is_one_of(&[
            sys::VIR_ERR_NO_DOMAIN,
            sys::VIR_ERR_NO_NETWORK,
            sys::VIR_ERR_NO_STORAGE_POOL,
            sys::VIR_ERR_NO_STORAGE_VOL,
            sys::VIR_ERR_NO_NODE_DEVICE,
            sys::VIR_ERR_NO_INTERFACE,
            sys::VIR_ERR_NO_NWFILTER,
            sys::VIR_ERR_NO_SECRET,
            sys::VIR_ERR_NO_DOMAIN_SNAPSHOT,
            sys::VIR_ERR_NO_DOMAIN_CHECKPOINT,
        ])
    }

    /// The connection is gone or could not be made: socket closed, keepalive without an answer,
    /// TLS or SSH broken.
    ///
    /// A daemon that reports its own trouble in reaching another daemon looks the same. Where
    /// that matters, confirm with [`crate::connection::is_alive`].
    pub fn is_connection_lost(&self) -> bool {
        let rpc = self.domain().is_some_and(|own| {
            [sys::VIR_FROM_RPC, sys::VIR_FROM_REMOTE]
                .iter()
                .any(|d| code(*d) == own)
        });
        matches!(self, Self::ConnectionClosed)
            || self.is_one_of(&[sys::VIR_ERR_INVALID_CONN])
            || rpc
                && self.is_one_of(&[
                    sys::VIR_ERR_INTERNAL_ERROR,
                    sys::VIR_ERR_SYSTEM_ERROR,
                    sys::VIR_ERR_RPC,
                    sys::VIR_ERR_GNUTLS_ERROR,
                    sys::VIR_ERR_SSH,
                    sys::VIR_ERR_LIBSSH,
                ])
    }

    /// Signing in failed, was cancelled or is not possible, or the person lacks the right.
    pub fn is_auth(&self) -> bool {
        matches!(self, Self::SignInCancelled | Self::AnswerCount { .. })
            || self.is_one_of(&[
                sys::VIR_ERR_AUTH_FAILED,
                sys::VIR_ERR_AUTH_CANCELLED,
                sys::VIR_ERR_AUTH_UNAVAILABLE,
                sys::VIR_ERR_ACCESS_DENIED,
                sys::VIR_ERR_OPERATION_DENIED,
            ])
    }

    /// The driver, the daemon or this guest's configuration cannot do it.
    pub fn is_unsupported(&self) -> bool {
        self.is_one_of(&[
            sys::VIR_ERR_NO_SUPPORT,
            sys::VIR_ERR_CONFIG_UNSUPPORTED,
            sys::VIR_ERR_ARGUMENT_UNSUPPORTED,
            sys::VIR_ERR_OPERATION_UNSUPPORTED,
        ])
    }

    /// An argument is wrong. A driver that lacks a flag answers like this, not with
    /// [`Self::is_unsupported`].
    pub fn is_invalid_argument(&self) -> bool {
        self.is_one_of(&[sys::VIR_ERR_INVALID_ARG])
    }

    /// libvirt gave up waiting.
    pub fn is_timeout(&self) -> bool {
        self.is_one_of(&[
            sys::VIR_ERR_OPERATION_TIMEOUT,
            sys::VIR_ERR_AGENT_COMMAND_TIMEOUT,
        ])
    }

    /// Something else is at work on the same object (another job holds the guest's lock, the
    /// guest agent or the monitor does not answer): trying later may help.
    pub fn is_busy(&self) -> bool {
        self.is_one_of(&[
            sys::VIR_ERR_OPERATION_TIMEOUT,
            sys::VIR_ERR_RESOURCE_BUSY,
            sys::VIR_ERR_AGENT_UNRESPONSIVE,
            sys::VIR_ERR_AGENT_UNSYNCED,
            sys::VIR_ERR_AGENT_COMMAND_TIMEOUT,
        ])
    }

    /// The object is in the wrong state for the call (for example already running).
    pub fn is_wrong_state(&self) -> bool {
        self.is_one_of(&[sys::VIR_ERR_OPERATION_INVALID])
    }
}

impl From<virt::error::Error> for Error {
    fn from(error: virt::error::Error) -> Self {
        Self::Libvirt {
            code: code(error.code().to_raw()),
            domain: code(error.domain().to_raw()),
            message: error.message().to_owned(),
        }
    }
}

/// One of libvirt's unsigned constants as the signed number that its structs and calls use.
pub(crate) const fn code(constant: u32) -> c_int {
    constant.cast_signed()
}

/// libvirt's words with a capital letter first, in one line: those of QEMU and other programs that
/// it passes on may have several.
fn sentence(message: &str) -> String {
    let lines: Vec<_> = message
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let message = lines.join("; ");
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use virt::connect::Connect;

    #[test]
    fn a_missing_guest_keeps_number_origin_and_words() {
        crate::initialize().unwrap();
        let conn = Connect::open(Some("test:///default")).unwrap();
        let error: Error = conn
            .lookup_domain_by_name("no such guest")
            .unwrap_err()
            .into();
        assert!(error.is_no_domain() && error.is_not_found(), "{error:?}");
        assert_eq!(error.code(), Some(42));
        assert_eq!(error.number(), Some(ErrorNumber::NoDomain));
        assert_eq!(error.domain(), Some(code(sys::VIR_FROM_TEST)));
        assert!(error.to_string().starts_with("Domain not found"), "{error}");
        assert!(!error.is_connection_lost() && !error.is_auth() && !error.is_busy());
    }

    #[test]
    fn an_unreachable_daemon_is_a_lost_connection() {
        crate::initialize().unwrap();
        let error: Error = Connect::open(Some(
            "qemu+unix:///system?socket=/nonexistent/oriel-test-sock",
        ))
        .unwrap_err()
        .into();
        assert!(error.is_connection_lost(), "{error:?}");
        assert!(!error.is_unsupported());
    }

    #[test]
    fn the_words_of_a_program_are_one_line() {
        let error = Error::Libvirt {
            code: 1,
            domain: 10,
            message: "internal error: QEMU said:\r\n  no disk\n\nno net\n".into(),
        };
        assert_eq!(
            error.to_string(),
            "Internal error: QEMU said:; no disk; no net"
        );
    }

    #[test]
    fn an_unknown_number_is_kept() {
        let error = Error::Libvirt {
            code: 99_999,
            domain: -5,
            message: String::new(),
        };
        assert_eq!(error.number(), None);
        assert_eq!(error.code(), Some(99_999));
        assert_eq!(error.to_string(), "");
    }
}
