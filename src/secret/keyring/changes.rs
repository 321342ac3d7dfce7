// SPDX-License-Identifier: GPL-3.0-or-later
//! Word that the keyring may have changed: an item came or went, a collection was locked or
//! unlocked, or another program serves.
//!
//! See the specification's signals of
//! [`Service`](https://specifications.freedesktop.org/secret-service-spec/latest/org.freedesktop.Secret.Service.html)
//! and [`Collection`](https://specifications.freedesktop.org/secret-service-spec/latest/org.freedesktop.Secret.Collection.html).

use std::time::Duration;

use futures_util::future::FutureExt as _;
use futures_util::stream::{StreamExt as _, select_all};
use zbus::{Connection, MatchRule, Message, MessageStream};

use super::KeyringError;
use crate::model::error::keyring::BUS_SAYS;

/// What is listened to. Anybody may send such a signal; it has the keyring looked at, no more.
const RULES: [&str; 4] = [
    "type='signal',interface='org.freedesktop.Secret.Service'",
    "type='signal',interface='org.freedesktop.Secret.Collection'",
    "type='signal',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',\
     arg0='org.freedesktop.Secret.Collection'",
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',\
     arg0='org.freedesktop.secrets'",
];

/// The rest after a change: several at once are one. It doubles while changes follow one another, so
/// that a program that sends them without end costs little.
const REST: Duration = Duration::from_millis(200);
const LONGEST_REST: Duration = Duration::from_secs(10);

/// How much may come meanwhile. The bus is not read on where this is full.
const QUEUE: usize = 4096;

/// Calls `tell` after each change, until the session's bus is gone. No service is started for that,
/// and none is asked; that one has ended is no change, since a look would start another in its place.
///
/// # Errors
/// [`KeyringError::NoService`] where there is no bus.
pub async fn follow(tell: impl Fn()) -> Result<(), KeyringError> {
    let failed =
        |error: zbus::Error| KeyringError::NoService(BUS_SAYS.with("words", error.to_string()));
    let bus = Connection::session().await.map_err(failed)?;
    let mut signals = Vec::new();
    for rule in RULES {
        let rule = MatchRule::try_from(rule).map_err(failed)?;
        let stream = MessageStream::for_match_rule(rule, &bus, Some(QUEUE)).await;
        signals.push(stream.map_err(failed)?);
    }
    let mut signals = select_all(signals);
    let mut rest = REST;
    while let Some(message) = signals.next().await {
        if message.is_ok_and(|message| is_end(&message)) {
            continue;
        }
        tokio::time::sleep(rest).await;
        let mut more = false;
        for _ in 0..QUEUE {
            let Some(Some(_)) = signals.next().now_or_never() else {
                break;
            };
            more = true;
        }
        rest = if more {
            (rest * 2).min(LONGEST_REST)
        } else {
            REST
        };
        tell();
    }
    Ok(())
}

/// Whether a message tells that a name of the bus has no owner any more.
fn is_end(message: &Message) -> bool {
    let body = message.body();
    let owners: Result<(String, String, String), _> = body.deserialize();
    let header = message.header();
    header
        .member()
        .is_some_and(|it| it.as_str() == "NameOwnerChanged")
        && owners.is_ok_and(|(_, _, now)| now.is_empty())
}
