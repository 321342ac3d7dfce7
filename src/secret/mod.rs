// SPDX-License-Identifier: GPL-3.0-or-later
//! Passphrases of encrypted guests, and their way from the keyring to libvirt and back out.
//!
//! - [`keyring`]: the desktop's Secret Service, where passphrases live.
//! - [`state`]: how the keys of a guest stand.
//! - [`handover`]: the one function through which every operation goes that opens an
//!   encrypted image.
//!
//! A passphrase itself is a [`Passphrase`], and what libvirt
//! has of it for one operation is a [lease](crate::lease).

mod fetch;
pub mod handover;
pub mod keyring;
pub mod state;

pub use crate::model::passphrase::Passphrase;
