// SPDX-License-Identifier: GPL-3.0-or-later
//! The way from a running guest to its picture.

use super::Preview;
use crate::connection::{Class, Connection};
use crate::domain::Guest;
use crate::error::{Error, Result};

/// The most bytes that a picture may have on the wire: a 64-megapixel PPM of 16 bits a channel.
const MAX_WIRE_BYTES: usize = 400 << 20;

/// Takes a picture of a guest's first screen (`virDomainScreenshot`), scaled down to `width`
/// pixels if it is wider. It is kept nowhere.
///
/// # Errors
///
/// [`Error::WrongState`] for a guest that is off, [`Error::Preview`] for a picture that can't be
/// used, [`Error::Libvirt`] for a guest without a screen.
pub async fn take(connection: &Connection, guest: &Guest, width: Option<u32>) -> Result<Preview> {
    if !guest.state.is_active() {
        return Err(Error::WrongState {
            doing: "take a picture of the screen".into(),
            name: guest.name.clone(),
            state: guest.state.words().into(),
        });
    }
    let uuid = guest.uuid;
    let doing = format!("take a picture of the screen of “{}”", guest.name);
    let what = doing.clone();
    connection
        .calls()
        .run_on(uuid, Class::Background, &doing, move |handles| {
            let domain = handles.domain(uuid)?;
            let read =
                libvirt_ext::screenshot::screenshot(&domain, 0, MAX_WIRE_BYTES, |mime, bytes| {
                    Preview::read(bytes, Some(mime), width)
                });
            Ok(read.map_err(|error| handles.failed(what, error))??)
        })
        .await
}
