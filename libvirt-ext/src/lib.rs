// SPDX-License-Identifier: GPL-3.0-or-later
//! What the `virt` crate lacks or gets wrong; the only crate of Oriel with `unsafe` code.
//!
//! Call [`initialize`] once, before the first connection is opened. Then [`auth::open`] opens a
//! connection and asks for credentials, [`events::subscribe`] delivers all that libvirt tells
//! about it, [`stats::all_domain_stats`] reads the figures of all guests in one call, and
//! [`memory`] holds passphrases.
//!
//! The crate knows no async runtime: calls block, and what comes in by itself is given to a
//! closure. It owns the thread of libvirt's event loop and nothing else that outlives a value.

mod account;
pub mod auth;
pub mod connection;
pub mod domain;
pub mod error;
mod event_loop;
pub mod events;
mod exit;
mod ffi;
pub mod heap;
mod init;
pub mod memory;
pub mod params;
pub mod screenshot;
pub mod secret;
pub mod stats;

pub use account::own_uid;
pub use error::Error;
pub use exit::exit_now;
pub use init::initialize;
pub use params::ParamValue;
