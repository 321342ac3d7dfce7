// SPDX-License-Identifier: GPL-3.0-or-later
//! The engine of Oriel: connections, guests, secrets and resource controls on libvirt.
//!
//! It knows no toolkit, no display server and no translated text; the window (`ui`) and
//! the command line (`cli`) are its two front ends.
//!
//! A front end opens a [`Connection`], follows its inventory and facts, and calls the functions of
//! [`guest`], [`control`] and [`preview`] with it. What only the person can answer comes to it as a
//! [`agent::Question`].

pub mod address;
pub mod cgroup;
pub mod connection;
pub mod control;
mod driver;
mod file;
pub mod guest;
pub mod job;
pub mod lease;
pub mod model;
pub mod paths;
mod platform;
pub mod preview;
mod retry;
pub mod secret;
pub mod stats;
pub mod storage;
pub mod xml;

pub use connection::Connection;
pub use driver::askpass;
pub use model::error::{Error, ErrorKind, Result};
pub use model::{agent, error};
pub use oriel_words::{message, shown};
