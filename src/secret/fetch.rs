// SPDX-License-Identifier: GPL-3.0-or-later
//! Where the passphrase of an operation comes from: the keyring, once the person lets this host
//! have what was stored for another one; else the person.

use uuid::Uuid;

use super::keyring::{ItemLabels, Keyring, KeyringError, Prompting, Stored};
use crate::connection::Connection;
use crate::model::agent::{
    AskReason, HandOverAnswer, HandOverRequest, PassphraseAnswer, PassphraseRequest, Question,
};
use crate::model::error::{Error, Result, SecretError};
use crate::model::passphrase::Passphrase;

/// Whose word a passphrase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The keyring's.
    Stored,
    /// The person's, who may be wrong.
    Typed,
}

/// A passphrase, not yet tried.
pub(super) struct Fetched {
    pub(super) passphrase: Passphrase,
    pub(super) origin: Origin,
    /// Whether the person wants it kept once it has proved right.
    pub(super) keep: bool,
}

impl Fetched {
    /// One that the caller brought along.
    pub(super) fn given(passphrase: Passphrase) -> Self {
        Self {
            passphrase,
            origin: Origin::Typed,
            keep: false,
        }
    }
}

/// The passphrase of a secret for the guest, place and host that `labels` name. `former` is where
/// an earlier Oriel kept it.
pub(super) async fn fetch(
    connection: &Connection,
    labels: &ItemLabels,
    secret: Uuid,
    former: Option<Uuid>,
) -> Result<Fetched> {
    let reason = match Keyring::open().await {
        Ok(keyring) => match from_keyring(connection, &keyring, labels, secret, former).await? {
            Ok(passphrase) => {
                return Ok(Fetched {
                    passphrase,
                    origin: Origin::Stored,
                    keep: false,
                });
            }
            Err(reason) => reason,
        },
        Err(KeyringError::NoService(why)) => AskReason::NoService(why),
        Err(error) => return Err(error.into()),
    };
    let answer = ask(connection, labels, secret, reason.clone()).await;
    let answer = answer.ok_or_else(|| {
        Error::Secret(SecretError::Missing {
            name: labels.domain.clone(),
            place: labels.volume.clone(),
            no_keyring: match reason {
                AskReason::NoService(why) => Some(why),
                _ => None,
            },
        })
    })?;
    Ok(Fetched {
        passphrase: answer.passphrase,
        origin: Origin::Typed,
        keep: answer.store,
    })
}

/// What the keyring holds, or why the person has to be asked for it.
async fn from_keyring(
    connection: &Connection,
    keyring: &Keyring,
    labels: &ItemLabels,
    secret: Uuid,
    former: Option<Uuid>,
) -> Result<std::result::Result<Passphrase, AskReason>> {
    let find = |secret| keyring.find(secret, &labels.host, Prompting::Allowed);
    let mut stored = find(secret).await?;
    if let (None, Some(former)) = (&stored, former) {
        stored = find(former).await?;
    }
    let Some(stored) = stored else {
        return Ok(Err(AskReason::NotStored));
    };
    if !stored.note().allows(&labels.host) && !consent(connection, labels, &stored).await? {
        return Ok(Err(AskReason::KeptForOther));
    }
    Ok(Ok(stored.read().await?))
}

/// Asks whether a host may have what was stored for another one, and notes the consent. Gives
/// whether it may; if not, another passphrase is to be typed.
async fn consent(
    connection: &Connection,
    labels: &ItemLabels,
    stored: &Stored<'_>,
) -> Result<bool> {
    let request = HandOverRequest {
        domain: labels.domain.clone(),
        place: labels.volume.clone(),
        host: labels.host.clone(),
        note: stored.note().clone(),
    };
    let answer = connection
        .agent()
        .ask(|reply| Question::HandOver { request, reply })
        .await;
    match answer {
        Some(HandOverAnswer::HandOver) => {
            if let Err(error) = stored.allow(&labels.host).await {
                tracing::warn!(%error, "the next start asks again");
            }
            Ok(true)
        }
        Some(HandOverAnswer::TypeAnother) => Ok(false),
        None => Err(Error::Secret(SecretError::ForOther {
            name: labels.domain.clone(),
            place: labels.volume.clone(),
            uri: connection.uri().to_owned(),
        })),
    }
}

/// Asks the person for a passphrase.
pub(super) async fn ask(
    connection: &Connection,
    labels: &ItemLabels,
    secret: Uuid,
    reason: AskReason,
) -> Option<PassphraseAnswer> {
    let can_keep = reason.can_keep();
    let request = PassphraseRequest {
        domain: labels.domain.clone(),
        place: labels.volume.clone(),
        host: labels.host.clone(),
        secret,
        reason,
    };
    let mut answer: PassphraseAnswer = connection
        .agent()
        .ask(|reply| Question::Passphrase { request, reply })
        .await?;
    answer.store &= can_keep;
    Some(answer)
}
