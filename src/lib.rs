// SPDX-License-Identifier: GPL-3.0-or-later
//! The engine of Oriel: connections, guests, secrets and resource controls on libvirt.
//!
//! It knows no toolkit, no display server and no translated text; the window (`ui`) and
//! the command line (`cli`) are its two front ends.
//!
//! A front end opens a [`Connection`], follows its inventory and facts, and calls the functions of
//! [`domain`], [`tuning`] and [`preview`] with it. What only the person can answer comes to it as a
//! [`agent::Question`].

pub mod agent;
pub mod cause;
pub mod connection;
pub mod domain;
pub mod error;
mod file;
pub mod host;
pub mod job;
pub mod paths;
pub mod preview;
mod retry;
pub mod secret;
pub mod shown;
pub mod stats;
pub mod storage;
pub mod tuning;
pub mod xml;

pub use connection::Connection;
pub use error::{Error, ErrorKind, Result};
