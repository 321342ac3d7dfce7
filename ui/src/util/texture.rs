// SPDX-License-Identifier: GPL-3.0-or-later
//! Pictures for GTK.

use oriel::preview::Preview;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, glib};

/// The bytes of a pixel, red, green, blue and alpha.
const PIXEL: usize = 4;

/// A picture of a screen for GTK; `None` if its fields contradict each other.
pub fn of_preview(preview: Preview) -> Option<gdk::Texture> {
    let stride = usize::try_from(preview.width).ok()?.checked_mul(PIXEL)?;
    let rows = usize::try_from(preview.height).ok()?;
    if stride == 0 || preview.rgba.len() != stride.checked_mul(rows)? {
        return None;
    }
    let texture = gdk::MemoryTexture::new(
        i32::try_from(preview.width).ok()?,
        i32::try_from(preview.height).ok()?,
        gdk::MemoryFormat::R8g8b8a8,
        &glib::Bytes::from_owned(preview.rgba),
        stride,
    );
    Some(texture.upcast())
}
