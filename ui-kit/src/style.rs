// SPDX-License-Identifier: GPL-3.0-or-later
//! The style of what libadwaita has no class for.

/// The style of this crate's own widgets.
pub const COMMON: &str = include_str!("style.css");

/// Adds a style sheet to the display's. Once there is a display.
pub fn add(sheet: &str) {
    relm4::set_global_css(sheet);
}
