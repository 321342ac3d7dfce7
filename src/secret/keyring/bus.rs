// SPDX-License-Identifier: GPL-3.0-or-later
//! The session's bus, and the one session with the service that serves there.
//!
//! Both are kept for as long as they are good. To a keyring that asks about each program
//! (KeePassXC), another bus connection is another program, and it would ask again; and the service
//! keeps each session until the program that opened it leaves the bus.

use std::sync::{Arc, Mutex, PoisonError};

use secret_service::{EncryptionType, SecretService};
use zbus::names::{BusName, OwnedUniqueName};

use super::{KeyringError, SERVICE_NAME};
use crate::model::error::keyring::BUS_SAYS;

/// A session with a Secret Service.
#[derive(Clone)]
pub(super) struct Session {
    pub bus: zbus::Connection,
    pub service: Arc<SecretService<'static>>,
    /// Whether the service is GNOME's keyring.
    pub is_gnome: bool,
    /// The program that serves: another one knows nothing of this session.
    owner: Option<OwnedUniqueName>,
}

static KEPT: Mutex<Option<Session>> = Mutex::new(None);

/// This program's session, a new one where the bus or the service is not the same any more.
pub(super) async fn session() -> Result<Session, KeyringError> {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let bus = match &kept {
        Some(session) if is_alive(&session.bus).await => session.bus.clone(),
        _ => zbus::Connection::session()
            .await
            .map_err(|error| KeyringError::NoService(BUS_SAYS.with("words", error.to_string())))?,
    };
    if let Some(session) = kept
        && session.bus.unique_name() == bus.unique_name()
        && session.owner.is_some()
        && session.owner == owner(&bus, SERVICE_NAME).await
    {
        return Ok(session);
    }
    // This starts the service where none runs yet.
    let service = SecretService::connect_with_existing(EncryptionType::Dh, bus.clone()).await?;
    let owner_now = owner(&bus, SERVICE_NAME).await;
    let session = Session {
        is_gnome: owner_now.is_some() && owner_now == owner(&bus, "org.gnome.keyring").await,
        service: Arc::new(service),
        owner: owner_now,
        bus,
    };
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(session.clone());
    Ok(session)
}

async fn is_alive(bus: &zbus::Connection) -> bool {
    let Ok(proxy) = zbus::fdo::DBusProxy::new(bus).await else {
        return false;
    };
    proxy.get_id().await.is_ok()
}

/// Which program has a name on the bus.
async fn owner(bus: &zbus::Connection, name: &'static str) -> Option<OwnedUniqueName> {
    let names = zbus::fdo::DBusProxy::new(bus).await.ok()?;
    let name = BusName::try_from(name).ok()?;
    names.get_name_owner(name).await.ok()
}
