// SPDX-License-Identifier: GPL-3.0-or-later
//! The hand-over: passphrases go from the keyring to libvirt for one operation and no longer.
//!
//! Everything that opens an encrypted image goes through `with_leases`: it resolves the
//! document's secret references, fetches what is needed, takes a lease on each secret, does the
//! operation, and ends the leases when the libvirt call has *returned*.

use std::sync::Arc;

use uuid::Uuid;

use super::Passphrase;
use super::keyring::{ItemLabels, ItemState, Keyring, KeyringError, Prompting};
use super::lease::{self, Lease, LeaseRequest};
use crate::agent::{AskReason, PassphraseAnswer, PassphraseRequest, Question};
use crate::connection::{Class, Connection, Handles, trust};
use crate::error::{Error, Result};
use crate::job;
use crate::xml::summary::{SecretName, SecretReference, SecretUsageType};

/// Where the passphrase of an operation comes from.
#[derive(Debug, Default)]
pub enum Source {
    /// The keyring, and the person where it has none.
    #[default]
    Keyring,
    /// One that the caller brings along, for every secret of the operation.
    Given(Arc<Passphrase>),
}

/// How the key of a guest stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// The guest needs none.
    None,
    /// The keyring holds it.
    Stored,
    /// libvirt itself holds it, in a secret that Oriel did not make.
    HeldByLibvirt,
    /// The keyring holds it and is locked.
    Locked,
    /// Nobody has it.
    Missing,
}

/// A secret that has to be leased, with its passphrase.
struct Needed {
    request: LeaseRequest,
    passphrase: Passphrase,
    /// Set for a typed passphrase that the person wants kept once it has proved right.
    store: Option<ItemLabels>,
}

/// What libvirt knows of a reference.
enum Resolved {
    /// A secret that we did not make: used as it is.
    Foreign,
    /// None, or a lease of ours: it needs a lease and, with it, this UUID.
    Ours(Uuid),
    /// Named by a usage id that libvirt does not know.
    UnknownUsage(String),
}

/// Does `operation` while the secrets of `references` are in libvirt. `call` says of which class
/// it is, one that is waited for to its end, and what it does.
///
/// # Errors
/// [`Error::Keyring`], [`Error::PassphraseMissing`] and [`Error::InsecureConnection`] before
/// anything is done; then whatever `operation` fails with, with [`Error::PassphraseWrong`] where
/// libvirt says that a passphrase does not fit.
pub(crate) async fn with_leases<T, F>(
    connection: &Connection,
    domain: &str,
    references: &[SecretReference],
    source: &Source,
    call: (Class, &str),
    operation: F,
) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(&Handles) -> Result<T> + Send + 'static,
{
    let needed = collect(connection, domain, references, source).await?;
    let kept: Vec<_> = needed
        .iter()
        .filter_map(|one| {
            let labels = one.store.clone()?;
            Some((one.request.secret, labels, one.passphrase.try_clone().ok()?))
        })
        .collect();
    let name = domain.to_owned();
    let (class, doing) = call;
    let result = connection
        .calls()
        .run(class, doing, move |handles| {
            under_leases(handles, needed, operation).map_err(|error| recognise(&name, error))
        })
        .await?;
    for (secret, labels, passphrase) in kept {
        // It has proved right; a keyring that refuses now must not undo the start.
        let stored = match Keyring::open().await {
            Ok(keyring) => keyring.store(secret, &labels, &passphrase).await,
            Err(error) => Err(error),
        };
        if let Err(error) = stored {
            tracing::warn!(%error, "the passphrase was right but could not be kept");
        }
    }
    Ok(result)
}

/// Takes the leases, does the operation and gives the leases back, all on one thread that may
/// block: nothing can come between.
fn under_leases<T>(
    handles: &Handles,
    needed: Vec<Needed>,
    operation: impl FnOnce(&Handles) -> Result<T>,
) -> Result<T> {
    let mut leases = Vec::with_capacity(needed.len());
    let mut taken = Ok(());
    for one in needed {
        match Lease::acquire(handles, one.request, &one.passphrase) {
            Ok(lease) => leases.push(lease),
            Err(error) => {
                taken = Err(error);
                break;
            }
        }
    }
    job::fault::point("leases-taken");
    let result = taken.and_then(|()| operation(handles));
    for lease in leases {
        if let Err(error) = lease.release(&handles.secrets) {
            // The journal keeps it; the next connection ends it.
            tracing::warn!(%error, "a lease could not be ended");
        }
    }
    result
}

async fn collect(
    connection: &Connection,
    domain: &str,
    references: &[SecretReference],
    source: &Source,
) -> Result<Vec<Needed>> {
    let mut needed: Vec<Needed> = Vec::new();
    let mut secure = false;
    for reference in references {
        let (resolved, host) = resolve(connection, reference).await?;
        let (secret, usage_id) = match resolved {
            Resolved::Foreign => continue,
            Resolved::Ours(secret) => (secret, usage_of(reference)),
            // The keyring is keyed by UUID: one that stands for this usage id for good.
            Resolved::UnknownUsage(id) => (uuid_of_usage(&id), Some(id)),
        };
        if needed.iter().any(|other| other.request.secret == secret) {
            continue;
        }
        if !secure {
            check_secure(connection).await?;
            secure = true;
        }
        let labels = ItemLabels {
            domain: domain.to_owned(),
            volume: reference.place.clone(),
            connection: connection.uri().to_owned(),
        };
        let (passphrase, store, typed) = match source {
            Source::Given(passphrase) => (passphrase.try_clone()?, None, true),
            Source::Keyring => find(connection, domain, reference, secret, labels).await?,
        };
        needed.push(Needed {
            request: LeaseRequest {
                host,
                secret,
                usage: reference.usage_type,
                usage_id,
                domain: domain.to_owned(),
                exclusive: typed,
            },
            passphrase,
            store,
        });
    }
    // Every process takes its leases in the same order.
    needed.sort_by_key(|one| one.request.secret);
    Ok(needed)
}

/// The passphrase from the keyring, else from the person; with the wish to keep it, and whether
/// it was typed and so may be wrong.
async fn find(
    connection: &Connection,
    domain: &str,
    reference: &SecretReference,
    secret: Uuid,
    labels: ItemLabels,
) -> Result<(Passphrase, Option<ItemLabels>, bool)> {
    let reason = match Keyring::open().await {
        Ok(keyring) => match keyring.find(secret, Prompting::Allowed).await {
            Ok(Some(passphrase)) => return Ok((passphrase, None, false)),
            Ok(None) => AskReason::NotStored,
            Err(error) => return Err(error.into()),
        },
        Err(KeyringError::NoService(why)) => AskReason::NoService(why),
        Err(error) => return Err(error.into()),
    };
    let request = PassphraseRequest {
        domain: domain.to_owned(),
        place: reference.place.clone(),
        secret,
        reason: reason.clone(),
    };
    let answer: Option<PassphraseAnswer> = connection
        .agent()
        .ask(|reply| Question::Passphrase { request, reply })
        .await;
    match answer {
        Some(answer) => {
            let keep = answer.store && reason == AskReason::NotStored;
            Ok((answer.passphrase, keep.then_some(labels), true))
        }
        None => Err(Error::PassphraseMissing {
            name: domain.to_owned(),
            place: reference.place.clone(),
            why: match reason {
                AskReason::NotStored => "nobody answered the question for it".into(),
                AskReason::NoService(why) => {
                    format!("there is no keyring service in this session ({why})")
                }
            },
        }),
    }
}

async fn check_secure(connection: &Connection) -> Result<()> {
    connection
        .calls()
        .run(Class::Ordinary, "check the connection", trust::check_secure)
        .await
}

/// Looks a reference up in libvirt, by UUID or by usage; also gives the host's name for leases.
async fn resolve(
    connection: &Connection,
    reference: &SecretReference,
) -> Result<(Resolved, String)> {
    let reference = reference.clone();
    connection
        .calls()
        .run(Class::Ordinary, "look for a secret", move |handles| {
            let host = handles.canonical.clone();
            let found = match &reference.by {
                SecretName::Uuid(uuid) => lease::lookup(&handles.secrets, &host, *uuid)?,
                SecretName::Usage(id) => lookup_usage(handles, reference.usage_type, id)?,
            };
            let resolved = match (found, &reference.by) {
                (Some(secret), _) => {
                    if lease::is_lease(&host, &secret)? {
                        let uuid = secret
                            .uuid()
                            .map_err(|error| handles.failed("read a secret", error.into()))?;
                        Resolved::Ours(uuid)
                    } else {
                        Resolved::Foreign
                    }
                }
                (None, SecretName::Uuid(uuid)) => Resolved::Ours(*uuid),
                (None, SecretName::Usage(id)) => Resolved::UnknownUsage(id.clone()),
            };
            Ok((resolved, host))
        })
        .await
}

fn lookup_usage(
    handles: &Handles,
    usage: SecretUsageType,
    id: &str,
) -> Result<Option<virt::secret::Secret>> {
    // virSecretUsageType
    let number = match usage {
        SecretUsageType::Volume => 1,
        SecretUsageType::Ceph => 2,
        SecretUsageType::Iscsi => 3,
        SecretUsageType::Tls => 4,
        SecretUsageType::Vtpm => 5,
    };
    match handles.secrets.lookup_secret_by_usage(number, id) {
        Ok(secret) => Ok(Some(secret)),
        Err(error) => match libvirt_ext::Error::from(error) {
            error if error.is_no_secret() => Ok(None),
            error => Err(handles.failed("look for a secret", error)),
        },
    }
}

fn usage_of(reference: &SecretReference) -> Option<String> {
    match &reference.by {
        SecretName::Usage(id) => Some(id.clone()),
        SecretName::Uuid(_) => None,
    }
}

fn uuid_of_usage(id: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes())
}

/// libvirt has no error code for a passphrase that does not fit; QEMU's words are all there is.
fn recognise(domain: &str, error: Error) -> Error {
    match error {
        Error::Libvirt { source, .. } if is_wrong_passphrase(&source.to_string()) => {
            Error::PassphraseWrong {
                name: domain.to_owned(),
                source,
            }
        }
        other => other,
    }
}

fn is_wrong_passphrase(message: &str) -> bool {
    message.contains("Invalid password") || message.contains("cannot unlock any keyslot")
}

/// How the key of a guest with these references stands. Shows no prompt.
///
/// `keyring` is `None` where there is no keyring service.
///
/// # Errors
/// As libvirt and the keyring fail.
pub async fn key_state(
    connection: &Connection,
    keyring: Option<&Keyring>,
    references: &[SecretReference],
) -> Result<KeyState> {
    let mut worst = KeyState::None;
    for reference in references {
        // The keyring first: it needs no question to the host for what it holds.
        let from_keyring = match (keyring, &reference.by) {
            (Some(keyring), SecretName::Uuid(uuid)) => keyring.state(*uuid).await?,
            (Some(keyring), SecretName::Usage(id)) => keyring.state(uuid_of_usage(id)).await?,
            (None, _) => ItemState::Missing,
        };
        let state = match from_keyring {
            ItemState::Stored => KeyState::Stored,
            ItemState::Locked => KeyState::Locked,
            ItemState::Missing => match resolve(connection, reference).await?.0 {
                Resolved::Foreign => KeyState::HeldByLibvirt,
                Resolved::Ours(_) | Resolved::UnknownUsage(_) => KeyState::Missing,
            },
        };
        worst = worst.max_severity(state);
    }
    Ok(worst)
}

impl KeyState {
    fn max_severity(self, other: Self) -> Self {
        let rank = |state| match state {
            Self::None => 0,
            Self::Stored => 1,
            Self::HeldByLibvirt => 2,
            Self::Locked => 3,
            Self::Missing => 4,
        };
        if rank(other) > rank(self) {
            other
        } else {
            self
        }
    }

    /// The stable name that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Stored | Self::HeldByLibvirt => "stored",
            Self::Locked => "locked",
            Self::Missing => "missing",
        }
    }

    /// Who has the key: "keyring", "libvirt", or nobody.
    pub fn holder(self) -> Option<&'static str> {
        match self {
            Self::Stored | Self::Locked => Some("keyring"),
            Self::HeldByLibvirt => Some("libvirt"),
            Self::None | Self::Missing => None,
        }
    }
}
