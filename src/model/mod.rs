// SPDX-License-Identifier: GPL-3.0-or-later
//! Values that the engine and its front ends exchange. Nothing here asks libvirt for anything.

pub mod act;
pub mod agent;
pub mod control;
pub mod counters;
pub(crate) mod doing;
pub mod error;
pub mod guest;
pub mod happening;
pub mod host;
pub mod inventory;
pub mod item;
pub mod passphrase;
pub mod place;
pub mod words;
