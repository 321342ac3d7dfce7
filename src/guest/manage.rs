// SPDX-License-Identifier: GPL-3.0-or-later
//! What is done with a guest besides letting it run: another name, starting with its host, and
//! putting its state aside.

use std::time::Duration;

use super::firmware;
use super::is_name_taken;
use super::lifecycle::{promise, require};
use crate::connection::{Class, Connection};
use crate::model::doing;
use crate::model::error::{Error, GuestError, Result, Still, Thing, request, waits};
use crate::model::guest::{DomainState, Guest};
use crate::secret::state::{self, KeyState};

/// How long the inventory may take to show a change.
const PROMPT_WAIT: Duration = Duration::from_secs(20);

/// Gives a guest another name. Allowed when it is off. Its disks keep their file names, and its
/// passphrase stays where it is: the keyring knows it by the secret's UUID.
///
/// # Errors
/// [`Error::Invalid`] for what can't be a name, [`Error::Exists`] for one that is taken,
/// [`Error::Guest`] when the guest is not off, and libvirt's own.
pub async fn rename(connection: &Connection, guest: &Guest, name: &str) -> Result<()> {
    super::create::refuse_name(name)?;
    if name == guest.name {
        return Ok(());
    }
    let doing = doing::RENAME.named(&guest.name);
    require(guest, &doing, |state| !state.is_active())?;
    let _claim = connection.calls().claim(guest.uuid, &guest.name, &doing)?;
    let (uuid, what, wanted) = (guest.uuid, doing.clone(), name.to_owned());
    connection
        .calls()
        .run(Class::Lifecycle, &doing, move |driver| {
            if is_name_taken(driver, &wanted)? {
                return Err(Error::Exists {
                    thing: Thing::Guest,
                    name: wanted,
                    uri: driver.uri.clone(),
                });
            }
            let domain = driver.domain(uuid)?;
            firmware::keep_variables(driver, &domain)?;
            domain
                .rename(&wanted)
                .map_err(|failure| driver.failed(what, failure))
        })
        .await?;
    connection
        .wait_until(guest.uuid, PROMPT_WAIT, |now| {
            now.is_some_and(|now| now.name == name)
        })
        .await
        .map_err(|_| {
            Error::Guest(GuestError::StateNotReached {
                name: guest.name.clone(),
                still: Still::OldName,
                seconds: PROMPT_WAIT.as_secs(),
                why: &waits::TO_BE_RENAMED,
            })
        })
}

/// Whether a guest is started with its host.
///
/// # Errors
/// libvirt's own; some drivers have no such setting.
pub async fn autostart(connection: &Connection, guest: &Guest) -> Result<bool> {
    let uuid = guest.uuid;
    let doing = doing::READ_AUTOSTART;
    connection
        .calls()
        .run(Class::Ordinary, doing, move |driver| {
            driver
                .domain(uuid)?
                .autostart()
                .map_err(|failure| driver.failed(doing, failure))
        })
        .await
}

/// Has a guest started with its host, or no longer.
///
/// # Errors
/// [`Error::Invalid`] for a guest that vanishes when it is off, and for one whose key is not
/// libvirt's own: while the host starts, nobody is there to hand a passphrase over, and libvirt
/// would leave the guest off without a word. libvirt's own errors.
pub async fn set_autostart(connection: &Connection, guest: &Guest, on: bool) -> Result<()> {
    if on && !guest.persistent {
        return Err(Error::Invalid(
            request::AUTOSTART_TRANSIENT.named(&guest.name),
        ));
    }
    if on {
        let Some(summary) = &guest.summary else {
            return Err(Error::Invalid(request::AUTOSTART_UNREAD.named(&guest.name)));
        };
        let references = &summary.secrets[..];
        let key = state::key_state(connection, None, references).await?;
        if !matches!(key, KeyState::None | KeyState::HeldByLibvirt) {
            return Err(Error::Invalid(
                request::AUTOSTART_ENCRYPTED.named(&guest.name),
            ));
        }
    }
    let doing = doing::SET_AUTOSTART.named(&guest.name);
    let (uuid, what) = (guest.uuid, doing.clone());
    connection
        .calls()
        .run(Class::Ordinary, &doing, move |driver| {
            driver
                .domain(uuid)?
                .set_autostart(on)
                .map_err(|failure| driver.failed(what, failure))
        })
        .await
}

/// Writes a guest's memory to a file of the host's and ends it; its next start goes on from there
/// (`virDomainManagedSave`). Allowed when it runs or is paused.
///
/// The file is not encrypted. So an encrypted guest is saved only with `in_the_clear`, the word of
/// a person who was told.
///
/// # Errors
/// [`Error::Invalid`] without that word; [`Error::Guest`]; libvirt's own, such as for devices
/// that can't be saved.
pub async fn save(connection: &Connection, guest: &Guest, in_the_clear: bool) -> Result<()> {
    let doing = doing::SAVE.named(&guest.name);
    require(guest, &doing, |state| {
        matches!(state, DomainState::Running | DomainState::Paused)
    })?;
    if is_encrypted(guest) && !in_the_clear {
        return Err(Error::Invalid(
            request::SAVE_IN_THE_CLEAR.named(&guest.name),
        ));
    }
    let _claim = connection.calls().claim(guest.uuid, &guest.name, &doing)?;
    let (uuid, what) = (guest.uuid, doing.clone());
    connection
        .calls()
        .run(Class::Long, &doing, move |driver| {
            driver
                .domain(uuid)?
                .save()
                .map_err(|failure| driver.failed(what, failure))
        })
        .await?;
    promise(connection, guest, PROMPT_WAIT, &waits::TO_END, |state| {
        !state.is_active()
    })
    .await
}

/// Whether something of the guest opens with a passphrase; one whose document was not read may.
pub fn is_encrypted(guest: &Guest) -> bool {
    guest.summary.as_ref().is_none_or(|summary| {
        !summary.secrets.is_empty() || summary.disks.iter().any(|it| it.encrypted)
    })
}
