// SPDX-License-Identifier: GPL-3.0-or-later
//! What is done with a guest besides letting it run: another name, starting with its host, and
//! putting its state aside.

use std::time::Duration;

use super::firmware;
use super::is_name_taken;
use super::lifecycle::{promise, require};
use crate::connection::{Class, Connection};
use crate::model::error::{Error, Result};
use crate::model::guest::{DomainState, Guest};
use crate::secret::state::{self, KeyState};

/// How long the inventory may take to show a change.
const PROMPT_WAIT: Duration = Duration::from_secs(20);

/// Gives a guest another name. Allowed when it is off. Its disks keep their file names, and its
/// passphrase stays where it is: the keyring knows it by the secret's UUID.
///
/// # Errors
/// [`Error::Invalid`] for what can't be a name, [`Error::Exists`] for one that is taken,
/// [`Error::WrongState`] when the guest is not off, and libvirt's own.
pub async fn rename(connection: &Connection, guest: &Guest, name: &str) -> Result<()> {
    super::create::refuse_name(name)?;
    if name == guest.name {
        return Ok(());
    }
    let doing = format!("rename “{}”", guest.name);
    require(guest, &doing, |state| !state.is_active())?;
    let _claim = connection.calls().claim(guest.uuid, &guest.name, &doing)?;
    let (uuid, what, wanted) = (guest.uuid, doing.clone(), name.to_owned());
    connection
        .calls()
        .run(Class::Lifecycle, &doing, move |driver| {
            if is_name_taken(driver, &wanted)? {
                return Err(Error::Exists {
                    kind: "virtual machine",
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
        .map_err(|_| Error::StateNotReached {
            name: guest.name.clone(),
            state: "listed under its old name".into(),
            seconds: PROMPT_WAIT.as_secs(),
            why: "libvirt has not told the new one".into(),
        })
}

/// Whether a guest is started with its host.
///
/// # Errors
/// libvirt's own; some drivers have no such setting.
pub async fn autostart(connection: &Connection, guest: &Guest) -> Result<bool> {
    let uuid = guest.uuid;
    let doing = "ask whether the virtual machine starts with its host";
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
    let what = || format!("Starting “{}” with its host", guest.name);
    if on && !guest.persistent {
        return Err(Error::invalid(what(), "it is gone when it is off"));
    }
    if on {
        let Some(summary) = &guest.summary else {
            return Err(Error::invalid(
                what(),
                "its definition can't be read, so nobody knows whether it needs a passphrase",
            ));
        };
        let references = &summary.secrets[..];
        let key = state::key_state(connection, None, references).await?;
        if !matches!(key, KeyState::None | KeyState::HeldByLibvirt) {
            return Err(Error::invalid(
                what(),
                "its disks are encrypted, and while the host starts nobody can give libvirt the \
                 passphrase",
            ));
        }
    }
    let doing = format!("change whether “{}” starts with its host", guest.name);
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
/// [`Error::Invalid`] without that word; [`Error::WrongState`]; libvirt's own, such as for devices
/// that can't be saved.
pub async fn save(connection: &Connection, guest: &Guest, in_the_clear: bool) -> Result<()> {
    let doing = format!("save the state of “{}”", guest.name);
    require(guest, &doing, |state| {
        matches!(state, DomainState::Running | DomainState::Paused)
    })?;
    if is_encrypted(guest) && !in_the_clear {
        return Err(Error::invalid(
            format!("Saving the state of “{}”", guest.name),
            "its memory would be written to a file that is not encrypted, and what its disks keep \
             secret may be in it",
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
    promise(
        connection,
        guest,
        PROMPT_WAIT,
        "its process does not end",
        |state| !state.is_active(),
    )
    .await
}

/// Whether something of the guest opens with a passphrase; one whose document was not read may.
pub fn is_encrypted(guest: &Guest) -> bool {
    guest.summary.as_ref().is_none_or(|summary| {
        !summary.secrets.is_empty() || summary.disks.iter().any(|it| it.encrypted)
    })
}
