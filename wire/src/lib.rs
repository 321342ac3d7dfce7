// SPDX-License-Identifier: GPL-3.0-or-later
//! The serving side of libvirt's remote protocol: what its client library takes for a daemon.
//!
//! A [`Listener`] accepts connections at a Unix socket. Each gives [`Calls`] one after the other
//! and has a [`Peer`] to answer them by, in any order, and to tell of events. What is answered is
//! the caller's: this crate knows the protocol and no hypervisor.
//!
//! - [`frame`]: packets, their headers and limits (libvirt's `src/rpc/virnetprotocol.x`).
//! - [`xdr`]: values to bytes and back (RFC 4506).
//! - [`procedure`]: the table of calls, each with what it takes and gives; [`event`]: the same of
//!   what a daemon tells by itself (libvirt's `src/remote/remote_protocol.x`).
//! - [`server`]: sockets, with file descriptors, keepalive and streams.
//!
//! Whatever comes in is untrusted: sizes are bounded before memory is taken, and what can't be
//! read is answered with an error or ends the connection, as libvirtd does it.

pub mod error;
pub mod event;
pub mod frame;
pub mod procedure;
pub mod server;
mod socket;
pub mod types;
pub mod xdr;

pub use error::{RemoteError, code, origin};
pub use server::{Call, Calls, Incoming, Listener, Peer, Stream, StreamPacket};
