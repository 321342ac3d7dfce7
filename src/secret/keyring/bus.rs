// SPDX-License-Identifier: GPL-3.0-or-later
//! The session's bus, and which service serves on it.

use std::sync::{Mutex, PoisonError};

use super::SERVICE_NAME;

/// This program's one connection to the session's bus. To a keyring that asks about each program
/// (KeePassXC), another connection is another program, and it would ask again.
pub(super) async fn shared() -> zbus::Result<zbus::Connection> {
    static BUS: Mutex<Option<zbus::Connection>> = Mutex::new(None);
    let kept = BUS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(bus) = kept
        && zbus::fdo::DBusProxy::new(&bus)
            .await?
            .get_id()
            .await
            .is_ok()
    {
        return Ok(bus);
    }
    let bus = zbus::Connection::session().await?;
    *BUS.lock().unwrap_or_else(PoisonError::into_inner) = Some(bus.clone());
    Ok(bus)
}

/// Whether the service is GNOME's keyring, which has a second name.
pub(super) async fn is_gnome_keyring(bus: &zbus::Connection) -> bool {
    let Ok(names) = zbus::fdo::DBusProxy::new(bus).await else {
        return false;
    };
    let owner = async |name: &'static str| {
        let name = zbus::names::BusName::try_from(name).ok()?;
        names.get_name_owner(name).await.ok()
    };
    let service = owner(SERVICE_NAME).await;
    service.is_some() && service == owner("org.gnome.keyring").await
}
