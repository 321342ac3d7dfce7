// SPDX-License-Identifier: GPL-3.0-or-later
//! A photo as the monitor shows it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use relm4::gtk;
use relm4::gtk::prelude::*;

use crate::engine::Engine;

/// Whether a file can be shown as a photo, by its name.
pub fn is_photo(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str());
    end.is_some_and(|end| {
        ["png", "jpg", "jpeg", "tif", "tiff", "webp", "avif"]
            .iter()
            .any(|known| end.eq_ignore_ascii_case(known))
    })
}

/// Shows a photo in a window of its own; without a file it asks for one first.
pub fn open(_parent: &impl IsA<gtk::Window>, _engine: &Arc<Engine>, _file: Option<PathBuf>) {}
