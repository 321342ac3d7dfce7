// SPDX-License-Identifier: GPL-3.0-or-later
//! The way from a running guest to its picture.

use std::time::Duration;

use super::Preview;
use crate::connection::{Class, Connection};
use crate::model::doing;
use crate::model::error::{ConnectionError, Error, GuestError, Result};
use crate::model::guest::Guest;

/// That a picture was waited for in vain.
pub fn timed_out(guest: &Guest, patience: Duration) -> Error {
    Error::Connection(ConnectionError::Timeout {
        doing: doing::TAKE_PICTURE.named(&guest.name),
        seconds: patience.as_secs(),
    })
}

/// Takes a picture of a guest's first screen (`virDomainScreenshot`), scaled down to `width`
/// pixels if it is wider. It is kept nowhere.
///
/// # Errors
///
/// [`Error::Guest`] for a guest that is off, [`Error::Preview`] for a picture that can't be
/// used, [`Error::Libvirt`] for a guest without a screen.
pub async fn take(connection: &Connection, guest: &Guest, width: Option<u32>) -> Result<Preview> {
    if !guest.state.is_active() {
        return Err(Error::Guest(GuestError::WrongState {
            doing: doing::TAKE_PICTURE.named(&guest.name),
            name: guest.name.clone(),
            state: guest.state,
        }));
    }
    let uuid = guest.uuid;
    let doing = doing::TAKE_PICTURE.named(&guest.name);
    let what = doing.clone();
    connection
        .calls()
        .run_on(uuid, Class::Background, &doing, move |driver| {
            let domain = driver.domain(uuid)?;
            let read = domain.screenshot(|mime, bytes| Preview::read(bytes, Some(mime), width));
            Ok(read.map_err(|failure| driver.failed(what, failure))??)
        })
        .await
}
