// SPDX-License-Identifier: GPL-3.0-or-later
//! Making libvirt ready: its library, its silence on stderr, its event loop.
//!
//! Owns the thread that runs the event loop, for as long as the process lives.

use std::ffi::c_void;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use virt_sys as sys;

use crate::error::Error;
use crate::ffi::check;

static READY: OnceLock<Result<(), Error>> = OnceLock::new();

/// How long the loop rests after one failure, and at most after many.
const REST: Duration = Duration::from_millis(10);
const LONGEST_REST: Duration = Duration::from_secs(1);

/// Makes libvirt ready (`virInitialize`, `virSetErrorFunc`, `virEventRegisterDefaultImpl`).
///
/// Must run before the first connection is opened, else that one gets no events. Any thread may
/// call it, any number of times: the first call does the work, the others get its result.
///
/// # Errors
///
/// libvirt could not be initialised, or the thread of its event loop not be started.
pub fn initialize() -> Result<(), Error> {
    READY.get_or_init(start).clone()
}

fn start() -> Result<(), Error> {
    // SAFETY: may be called at any time, from any thread.
    check(unsafe { sys::virInitialize() })?;
    // SAFETY: `silent` is a function for ever and uses no data. Without one, libvirt prints
    // every error to stderr.
    unsafe { sys::virSetErrorFunc(std::ptr::null_mut(), Some(silent)) };
    // SAFETY: runs once, before any connection of ours.
    check(unsafe { sys::virEventRegisterDefaultImpl() })?;
    thread::Builder::new()
        .name("libvirt-events".into())
        .spawn(run)
        .map_err(|error| Error::EventThread {
            source: Arc::new(error),
        })?;
    Ok(())
}

unsafe extern "C" fn silent(_data: *mut c_void, _error: sys::virErrorPtr) {}

fn run() {
    let mut rest = REST;
    loop {
        // SAFETY: the default implementation is registered, and this is the only thread to run it.
        if unsafe { sys::virEventRunDefaultImpl() } < 0 {
            // Go on, for other connections may be well, but do not spin.
            thread::sleep(rest);
            rest = (rest * 2).min(LONGEST_REST);
        } else {
            rest = REST;
        }
    }
}
