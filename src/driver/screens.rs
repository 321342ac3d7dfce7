// SPDX-License-Identifier: GPL-3.0-or-later
//! Pictures of guests' screens.

use std::io::Read;

use super::{Answer, Domain};

/// The most bytes that a picture may have on the wire: a 64-megapixel PPM of 16 bits a channel.
const MAX_PICTURE_BYTES: usize = 400 << 20;

impl Domain {
    /// The picture of its first screen (`virDomainScreenshot`), given with its MIME type to
    /// `reader` as it comes.
    pub(crate) fn screenshot<T>(&self, reader: impl FnOnce(&str, &mut dyn Read) -> T) -> Answer<T> {
        Ok(libvirt_ext::screenshot::screenshot(
            &self.0,
            0,
            MAX_PICTURE_BYTES,
            |mime, mut bytes| reader(mime, &mut bytes),
        )?)
    }
}
