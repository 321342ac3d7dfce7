// SPDX-License-Identifier: GPL-3.0-or-later
//! Making libvirt ready: its library, its silence on stderr, its event loop.
//!
//! Owns the thread that runs the event loop (the module `event_loop`), for as long as the process
//! lives.

use std::ffi::c_void;
use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;

use virt_sys as sys;

use crate::error::Error;
use crate::event_loop;
use crate::ffi::check;

static READY: OnceLock<Result<(), Error>> = OnceLock::new();

/// Makes libvirt ready (`virInitialize`, `virSetErrorFunc`, `virEventRegisterImpl`).
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
    event_loop::register().map_err(no_thread)?;
    thread::Builder::new()
        .name("libvirt-events".into())
        .spawn(event_loop::run)
        .map_err(no_thread)?;
    Ok(())
}

unsafe extern "C" fn silent(_data: *mut c_void, _error: sys::virErrorPtr) {}

fn no_thread(error: io::Error) -> Error {
    Error::EventThread {
        source: Arc::new(error),
    }
}
