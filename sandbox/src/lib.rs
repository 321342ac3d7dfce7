// SPDX-License-Identifier: GPL-3.0-or-later
//! Private real parts for the demo and the tests: libvirt daemons, a desktop session with a
//! keyring, an ssh server, and guests small enough to boot in seconds.
//!
//! Each part lives below one temporary folder, touches nothing of the machine's own, and is
//! gone, processes included, when its value is dropped or this process ends in any way
//! (`keeper`). The one thing left is libvirt's empty control group `machine`, which it
//! keeps for all daemons on a machine.
//!
//! Blocking calls on std alone: it serves programs before they have a runtime, and it knows
//! nothing of the engine that it is used to test.

mod colord;
mod daemon;
mod desktop;
mod display;
mod error;
pub mod guest;
mod keepassxc;
mod keeper;
mod keyring;
mod monitors;
mod needs;
pub mod process;
mod session;
mod ssh;

use std::sync::atomic::{AtomicU32, Ordering};

pub use colord::Colord;
pub use daemon::{Certificates, Network, SessionDaemon, SystemDaemon, SystemOptions};
pub use display::{Answer, Display};
pub use error::{Error, Result};
pub use keyring::Keyring;
pub use monitors::MonitorSize;
pub use needs::{Missing, Part, demo_parts, is_root, missing, missing_for};
pub use session::{Session, SessionOptions};
pub use ssh::{HostKey, Sshd, SshdOptions};

/// A name that no other sandbox on this machine uses: control groups are named after guests
/// and are shared by all daemons.
pub fn unique_name(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}-{}-{number}", std::process::id())
}
