// SPDX-License-Identifier: GPL-3.0-or-later
//! Colours in windows: what monitors have, what becomes of pictures on them, and photos.
//!
//! It owns the watcher of monitors and the kept transforms ([`Colours`]), the page of monitors and
//! the windows of photos. It knows nothing of guests, so that a program without libvirt can be
//! built on it: `oriel-colors`.

mod aim;
mod colours;
pub mod monitors;
pub mod photo;
mod place;
pub mod reasons;
mod settings;

/// The style of the widgets here.
pub const STYLE: &str = include_str!("style.css");

pub use self::aim::Aim;
pub use self::colours::{Colours, Original, Painted, Picture, texture};
pub use self::settings::{ColourSettings, PhotoMode, PhotoSettings};
