// SPDX-License-Identifier: GPL-3.0-or-later
//! The hand-over: passphrases go from the keyring to libvirt for one operation and no longer.
//!
//! Everything that opens an encrypted image goes through `with_leases`: it resolves the
//! document's secret references, fetches what is needed, takes a lease on each secret, does the
//! operation, and ends the leases when the libvirt call has *returned*.

use std::sync::Arc;

use uuid::Uuid;

use super::fetch::{self, Fetched, Origin};
use super::keyring::{ItemLabels, Keyring};
use crate::connection::{Class, Connection};
use crate::driver::{Driver, trust};
use crate::job;
use crate::lease::{self, Lease, LeaseRequest};
use crate::message::Message;
use crate::model::agent::AskReason;
use crate::model::doing;
use crate::model::error::{Error, Result, SecretError};
use crate::model::host::HostIdentity;
use crate::model::passphrase::Passphrase;
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

/// A secret that has to be leased, with its passphrase.
struct Needed {
    request: LeaseRequest,
    passphrase: Passphrase,
    origin: Origin,
    /// For the item in the keyring, should the person want it kept once it has proved right.
    labels: ItemLabels,
    keep: bool,
}

/// What libvirt knows of a reference.
pub(super) enum Resolved {
    /// A secret that we did not make: used as it is.
    Foreign,
    /// None, or a lease of ours: it needs a lease and, with it, this UUID.
    Ours(Uuid),
    /// Named by a usage id that libvirt does not know.
    UnknownUsage(String),
}

/// Does `operation` while the secrets of `references` are in libvirt. `call` says of which class
/// it is, one that is waited for to its end, and what it does. Where a passphrase from the keyring
/// does not open a disk, the person is asked, and the operation is tried once more.
///
/// # Errors
/// [`Error::Secret`], [`Error::Secret`], [`Error::Secret`],
/// [`Error::Connection`] and [`Error::Secret`] before anything is done; then whatever
/// `operation` fails with, with [`Error::Secret`] where libvirt says that a passphrase
/// does not fit.
pub(crate) async fn with_leases<T, F>(
    connection: &Connection,
    domain: &str,
    references: &[SecretReference],
    source: &Source,
    call: (Class, &Message),
    operation: F,
) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(&Driver) -> Result<T> + Clone + Send + 'static,
{
    let mut needed = collect(connection, domain, references, source).await?;
    let mut result = attempt(connection, domain, &needed, call, operation.clone()).await;
    if matches!(result, Err(Error::Secret(SecretError::Wrong { .. })))
        && ask_again(connection, &mut needed).await
    {
        result = attempt(connection, domain, &needed, call, operation).await;
    }
    let value = result?;
    keep(needed).await;
    Ok(value)
}

/// Does the operation once.
async fn attempt<T, F>(
    connection: &Connection,
    domain: &str,
    needed: &[Needed],
    (class, doing): (Class, &Message),
    operation: F,
) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(&Driver) -> Result<T> + Send + 'static,
{
    let copies: Result<Vec<_>> = needed
        .iter()
        .map(|one| Ok((one.request.clone(), one.passphrase.try_clone()?)))
        .collect();
    let copies = copies?;
    let name = domain.to_owned();
    connection
        .calls()
        .run(class, doing, move |driver| {
            under_leases(driver, copies, operation).map_err(|error| recognise(&name, error))
        })
        .await
}

/// Asks for what the keyring may have wrong. Gives whether there is anything new to try.
async fn ask_again(connection: &Connection, needed: &mut [Needed]) -> bool {
    if needed.iter().all(|one| one.origin != Origin::Stored) {
        return false;
    }
    // Which one it is that does not open its disk is not known; a typed one may be wrong as well.
    let among = needed.len();
    let mut any = false;
    for one in needed {
        let reason = AskReason::DoesNotOpen { among };
        let Some(answer) = fetch::ask(connection, &one.labels, one.request.secret, reason).await
        else {
            continue;
        };
        one.passphrase = answer.passphrase;
        one.keep = answer.store;
        one.origin = Origin::Typed;
        one.request.exclusive = true;
        any = true;
    }
    any
}

/// Stores what was typed and has proved right. A keyring that refuses now must not undo the
/// operation.
async fn keep(needed: Vec<Needed>) {
    // Of several, some may not have been opened: a saved state opens what it was saved with alone.
    let replace = needed.len() == 1;
    for one in needed.iter().filter(|one| one.keep) {
        let stored = match Keyring::open().await {
            Ok(keyring) => {
                let secret = one.request.secret;
                keyring
                    .store(secret, &one.labels, &one.passphrase, replace)
                    .await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = stored {
            tracing::warn!(%error, "the passphrase was right but could not be kept");
        }
    }
}

/// Takes the leases, does the operation and gives the leases back, all on one thread that may
/// block: nothing can come between.
fn under_leases<T>(
    driver: &Driver,
    needed: Vec<(LeaseRequest, Passphrase)>,
    operation: impl FnOnce(&Driver) -> Result<T>,
) -> Result<T> {
    let mut leases = Vec::with_capacity(needed.len());
    let mut taken = Ok(());
    for (request, passphrase) in needed {
        match Lease::acquire(driver, request, &passphrase) {
            Ok(lease) => leases.push(lease),
            Err(error) => {
                taken = Err(error);
                break;
            }
        }
    }
    job::fault::point("leases-taken");
    let result = taken.and_then(|()| operation(driver));
    for lease in leases {
        if let Err(error) = lease.release(driver) {
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
        let (resolved, host, identity) = resolve(connection, reference).await?;
        let (secret, usage_id, former) = match resolved {
            Resolved::Foreign => continue,
            Resolved::Ours(secret) => (secret, usage_of(reference), None),
            // The keyring is keyed by UUID: one that stands for this usage for good.
            Resolved::UnknownUsage(id) => (
                uuid_of_usage(&identity, reference.usage_type, &id),
                Some(id.clone()),
                Some(former_uuid_of_usage(&id)),
            ),
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
            host: identity.clone(),
        };
        let fetched = match source {
            Source::Given(passphrase) => Fetched::given(passphrase.try_clone()?),
            Source::Keyring => fetch::fetch(connection, &labels, secret, former).await?,
        };
        needed.push(Needed {
            request: LeaseRequest {
                host,
                identity,
                secret,
                usage: reference.usage_type,
                usage_id,
                domain: domain.to_owned(),
                exclusive: fetched.origin == Origin::Typed,
            },
            passphrase: fetched.passphrase,
            origin: fetched.origin,
            labels,
            keep: fetched.keep,
        });
    }
    // Every process takes its leases in the same order.
    needed.sort_by_key(|one| one.request.secret);
    Ok(needed)
}

async fn check_secure(connection: &Connection) -> Result<()> {
    connection
        .calls()
        .run(
            Class::Ordinary,
            doing::CHECK_CONNECTION,
            trust::check_secure,
        )
        .await
}

/// Looks a reference up in libvirt, by UUID or by usage; also gives the host's name for leases, and
/// its identity.
pub(super) async fn resolve(
    connection: &Connection,
    reference: &SecretReference,
) -> Result<(Resolved, String, HostIdentity)> {
    let reference = reference.clone();
    connection
        .calls()
        .run(Class::Ordinary, doing::FIND_SECRET, move |driver| {
            let host = driver.canonical.clone();
            let found = match &reference.by {
                SecretName::Uuid(uuid) => driver.secret(*uuid),
                SecretName::Usage(id) => driver.secret_by_usage(reference.usage_type, id),
            };
            let found = found.map_err(|failure| driver.failed(doing::FIND_SECRET, failure))?;
            let resolved = match (found, &reference.by) {
                (Some(secret), _) => {
                    if lease::is_lease(driver, &secret)? {
                        let uuid = secret
                            .uuid()
                            .map_err(|failure| driver.failed(doing::READ_SECRET, failure))?;
                        Resolved::Ours(uuid)
                    } else {
                        Resolved::Foreign
                    }
                }
                (None, SecretName::Uuid(uuid)) => Resolved::Ours(*uuid),
                (None, SecretName::Usage(id)) => Resolved::UnknownUsage(id.clone()),
            };
            Ok((resolved, host, driver.identity()?.clone()))
        })
        .await
}

fn usage_of(reference: &SecretReference) -> Option<String> {
    match &reference.by {
        SecretName::Usage(id) => Some(id.clone()),
        SecretName::Uuid(_) => None,
    }
}

/// Two hosts may have the same usage id for different disks, and one host the same id for
/// different types. The host counts without the UUID that it reports, which some hosts make up at
/// each start.
pub(super) fn uuid_of_usage(host: &HostIdentity, usage: SecretUsageType, id: &str) -> Uuid {
    let key = [&host.place(), usage.as_str(), id].join("\0");
    Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes())
}

/// What stood for a usage id in the keyring before hosts were told apart.
pub(super) fn former_uuid_of_usage(id: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes())
}

/// libvirt has no error code for a passphrase that does not fit; QEMU's words are all there is.
fn recognise(domain: &str, error: Error) -> Error {
    match error {
        Error::Libvirt { source, .. } if is_wrong_passphrase(&source.to_string()) => {
            Error::Secret(SecretError::Wrong {
                name: domain.to_owned(),
                source,
            })
        }
        other => other,
    }
}

fn is_wrong_passphrase(message: &str) -> bool {
    message.contains("Invalid password") || message.contains("cannot unlock any keyslot")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(address: &str, uuid: u128) -> HostIdentity {
        HostIdentity::Remote {
            address: address.to_owned(),
            driver: "qemu:///system".into(),
            uuid: Uuid::from_u128(uuid),
        }
    }

    #[test]
    fn a_usage_name_stands_for_another_secret_on_each_host_and_for_each_type() {
        let (a, b) = (remote("ssh://a", 1), remote("ssh://b", 1));
        let volume = |host| uuid_of_usage(host, SecretUsageType::Volume, "vm-disk");
        assert_ne!(volume(&a), volume(&b));
        assert_ne!(
            volume(&a),
            uuid_of_usage(&a, SecretUsageType::Ceph, "vm-disk")
        );
        assert_ne!(volume(&a), former_uuid_of_usage("vm-disk"));
        // The UUID that the host reports may be made up at each start.
        assert_eq!(volume(&a), volume(&remote("ssh://a", 2)));
    }
}
