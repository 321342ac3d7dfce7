// SPDX-License-Identifier: GPL-3.0-or-later
//! Overwriting what C libraries free while a passphrase goes through their hands.
//!
//! libvirt's client copies a secret's value into its message buffer and frees that as it is.
//! glibc's `M_PERTURB` makes `free` overwrite, but leaves out the small pieces that each thread
//! keeps for itself (its tcache), so those of this thread are overwritten here when the guard
//! goes. So is the stack below the guard, where the dynamic linker saves vector registers that
//! may still hold what was copied last. Small pieces that other threads freed meanwhile, and
//! their stacks, are not reached.

use std::ffi::c_int;
use std::hint::black_box;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroize;

/// How many guards there are. A lock rather than an atomic number, so that a guard that comes
/// while the last one goes does not find the setting off.
static GUARDS: Mutex<usize> = Mutex::new(0);

/// What freed bytes become; any number but 0.
const PATTERN: c_int = 0x5a;

/// The largest piece in glibc's tcache, in bytes for the caller, and how many of a size it keeps.
const LARGEST: usize = 1032;
const OF_A_SIZE: usize = 7;

/// How much of the stack below is overwritten, in bytes: several times what libvirt's client
/// calls take.
const STACK: usize = 64 * 1024;

/// While one of these lives, `free` overwrites what it frees, in the whole process.
///
/// Belongs to the thread that makes the calls, and cannot be sent to another. Costs some
/// microseconds, and time in proportion to the memory freed meanwhile. Keep it short. A setting
/// of `MALLOC_PERTURB_` in the environment is off after the last guard.
#[derive(Debug)]
pub struct ScrubFreed {
    /// Not Send: dropping scrubs the thread it is on.
    thread: PhantomData<*const ()>,
}

impl ScrubFreed {
    /// Turns overwriting on (`mallopt`), if it is not on yet.
    pub fn new() -> Self {
        let mut guards = GUARDS.lock().unwrap_or_else(PoisonError::into_inner);
        if *guards == 0 {
            set(PATTERN);
        }
        *guards += 1;
        Self {
            thread: PhantomData,
        }
    }
}

impl Default for ScrubFreed {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for ScrubFreed {
    fn drop(&mut self) {
        scrub_thread_cache();
        scrub_stack();
        let mut guards = GUARDS.lock().unwrap_or_else(PoisonError::into_inner);
        *guards = guards.saturating_sub(1);
        if *guards == 0 {
            set(0);
        }
    }
}

#[cfg(target_env = "gnu")]
fn set(pattern: c_int) {
    // SAFETY: mallopt with this number changes how allocations are filled, nothing else.
    unsafe { libc::mallopt(libc::M_PERTURB, pattern) };
}

#[cfg(not(target_env = "gnu"))]
fn set(_pattern: c_int) {}

/// Takes every small piece that this thread's cache can hold, overwrites it, and gives it back.
fn scrub_thread_cache() {
    let mut pieces = [std::ptr::null_mut(); OF_A_SIZE];
    // 24 bytes is the smallest piece on 64 bits, and sizes go up by 16.
    for size in (24..=LARGEST).step_by(16) {
        for piece in &mut pieces {
            // SAFETY: the new piece has at least `size` bytes; malloc takes from the cache first.
            unsafe {
                *piece = libc::malloc(size);
                if !piece.is_null() {
                    libc::explicit_bzero(*piece, size);
                }
            }
        }
        for piece in &pieces {
            // SAFETY: each is a piece from above, or NULL.
            unsafe { libc::free(*piece) };
        }
    }
}

/// Overwrites the stack below the caller, which calls that have returned left as it was.
#[inline(never)]
#[allow(
    clippy::large_stack_arrays,
    reason = "the stack is what is to be overwritten"
)]
fn scrub_stack() {
    let mut below = [0u8; STACK];
    // Written as volatile, so that the compiler cannot leave it out.
    below.zeroize();
    black_box(&below);
}
