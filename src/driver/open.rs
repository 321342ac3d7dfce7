// SPDX-License-Identifier: GPL-3.0-or-later
//! Opening a connection: the URI, libvirt's questions, and what is special about a URI's driver.

use std::sync::Arc;

use libvirt_ext::auth::{CredentialAnswer, CredentialRequest as RawRequest};
use virt::connect::Connect;

use super::Driver;
use super::askpass::Askpass;
use crate::address::Site;
use crate::address::uri::Parts;
use crate::model::agent::{Agent, CredentialRequest, Question};
use crate::model::error::{ConnectionError, Error, NOBODY_ANSWERED, Result, cause};
use crate::model::passphrase::Passphrase;

/// Seconds between keepalive messages, and how many may stay unanswered
/// (`virConnectSetKeepAlive`): a dead peer is noticed after 15 s.
const KEEPALIVE_SECONDS: i32 = 5;
const KEEPALIVE_COUNT: u32 = 3;

/// The first version of libvirt's library whose client bears two calls at once wherever it keeps
/// data that it has read ahead (CVE-2024-4418; 10.4.0).
const BEARS_TWO_CALLS: u32 = 10_004_000;

/// Opens a URI. Blocks, and may ask the person through the agent.
pub(crate) fn open(uri: &str, agent: &Agent) -> Result<Driver> {
    libvirt_ext::initialize().map_err(|source| {
        Error::Connection(ConnectionError::CannotConnect {
            uri: uri.to_owned(),
            source: source.into(),
        })
    })?;
    // The embedded drivers must be opened secrets first: QEMU's looks for it when it opens.
    let secrets = match embedded_root(uri) {
        Some(root) => Some(open_one(&format!("secret:///embed?{root}"), agent)?.connect),
        None => None,
    };
    let Opened {
        connect: main,
        canonical,
    } = open_one(uri, agent)?;
    let one_call = takes_one_call(&canonical, Connect::version().unwrap_or(0));
    if one_call {
        // Keepalive sends beside the call that is under way.
        tracing::info!(uri, "one call at a time, and no keepalive");
    } else {
        // Local and test drivers have no keepalive; that is no failure.
        let _ = main.set_keep_alive(KEEPALIVE_SECONDS, KEEPALIVE_COUNT);
    }
    Ok(Driver {
        own_secrets: secrets.is_some(),
        secrets: secrets.unwrap_or_else(|| main.clone()),
        main,
        uri: uri.to_owned(),
        site: Site::of(&canonical),
        canonical,
        one_call,
        identity: Arc::default(),
    })
}

fn open_one(uri: &str, agent: &Agent) -> Result<Opened> {
    let askpass = Askpass::begin(uri, agent)?;
    let target = askpass.as_ref().map_or(uri, Askpass::uri);
    let mut asked = false;
    let mut declined = false;
    let opened = libvirt_ext::auth::open(Some(target), false, &mut |requests| {
        asked = true;
        let answers = ask(uri, agent, requests);
        declined |= answers.is_none();
        answers
    });
    declined |= askpass.as_ref().is_some_and(Askpass::declined);
    match opened {
        Ok(connect) => {
            let canonical = connect.uri().unwrap_or_else(|_| uri.to_owned());
            let canonical = match &askpass {
                Some(askpass) => askpass.canonical(&canonical),
                None => canonical,
            };
            Ok(Opened { connect, canonical })
        }
        Err(source)
            if declined
                || source.is_auth()
                || (asked && !source.is_connection_lost())
                || is_ssh_refusal(uri, &source.to_string()) =>
        {
            Err(Error::Connection(ConnectionError::NotAuthenticated {
                uri: uri.to_owned(),
                reason: if declined {
                    NOBODY_ANSWERED.into()
                } else {
                    cause::verbatim(&source.into())
                },
            }))
        }
        Err(source) => Err(Error::Connection(ConnectionError::CannotConnect {
            uri: uri.to_owned(),
            source: source.into(),
        })),
    }
}

/// Whether libvirt's client crashes when a connection gets a call while another is under way.
///
/// Before 10.4.0 a call that another one wakes leaves a GLib source behind that points to its own
/// stack. It goes away when the socket is readable next, which mostly is before the call returns.
/// libssh and libssh2 read ahead, so that there may be nothing left to read then; the next call
/// runs that source, and crashes.
fn takes_one_call(canonical: &str, version: u32) -> bool {
    let transport = Parts::of(canonical).transport;
    version < BEARS_TWO_CALLS && ["libssh", "libssh2"].contains(&&*transport)
}

/// An open connection and what libvirt calls it.
struct Opened {
    connect: Connect,
    canonical: String,
}

/// Whether ssh did not let us in, or we did not trust the host. libvirt knows ssh's words alone.
fn is_ssh_refusal(uri: &str, message: &str) -> bool {
    uri.contains("+ssh://")
        && ["Host key verification failed", "Permission denied ("]
            .iter()
            .any(|words| message.contains(words))
}

fn ask(uri: &str, agent: &Agent, requests: &[RawRequest]) -> Option<Vec<CredentialAnswer>> {
    let questions = requests
        .iter()
        .map(|request| CredentialRequest {
            prompt: request.prompt.clone().unwrap_or_else(|| "Answer".into()),
            default: request.default.clone(),
            echo: !request.kind.is_secret(),
        })
        .collect();
    let answers: Vec<Passphrase> = agent.ask_blocking(|reply| Question::Credentials {
        uri: uri.to_owned(),
        requests: questions,
        reply,
    })?;
    answers
        .iter()
        .map(|answer| Some(CredentialAnswer::Secret(answer.buffer().try_clone().ok()?)))
        .collect()
}

/// The query part of an embedded QEMU URI: `root=DIR`.
fn embedded_root(uri: &str) -> Option<&str> {
    uri.strip_prefix("qemu:///embed?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_at_a_time_goes_where_libvirt_bears_no_more() {
        for uri in ["qemu+libssh://h/system", "qemu+LIBSSH2://h/system"] {
            assert!(takes_one_call(uri, 9_000_000), "{uri}");
            assert!(takes_one_call(uri, 10_003_000), "{uri}");
            assert!(!takes_one_call(uri, 10_004_000), "{uri}");
        }
        for uri in ["qemu+ssh://h/system", "qemu:///system", "qemu+tls://h/"] {
            assert!(!takes_one_call(uri, 9_000_000), "{uri}");
        }
    }
}
