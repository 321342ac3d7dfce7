// SPDX-License-Identifier: GPL-3.0-or-later
//! The engine of Oriel: connections, guests, secrets and resource controls on libvirt.
//!
//! It knows no toolkit, no display server and no translated text; the window (`ui`) and
//! the command line (`cli`) are its two front ends.

pub mod preview;
pub mod secret;
pub mod tuning;
pub mod xml;
