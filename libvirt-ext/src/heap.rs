// SPDX-License-Identifier: GPL-3.0-or-later
//! How the C library's heap is divided between threads.

/// Bytes from which a piece of memory has pages of its own.
#[cfg(target_env = "gnu")]
const LARGE: libc::c_int = 256 << 10;

/// Lets all threads but the first share one part of the heap. Call it before there are any.
///
/// glibc gives each thread a part of its own, up to eight for each processor, and hardly ever
/// takes back what lies in them. Where a call of libvirt runs on any of a pool of threads, as in
/// the window, all of them fill up: after 2,000 starts and stops of guests with twice the memory
/// that one needs. The calls wait for a daemon nearly all their time, and not for one another.
///
/// What is large, as pictures are, gets pages of its own and gives them back at once. Left to
/// itself glibc takes the first large piece that is freed for a sign that others will come, and
/// keeps them all in the heap from then on, which swings by twenty megabytes.
pub fn share_between_threads() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: takes numbers and sets a number of the allocator's, under its own lock.
        unsafe { libc::mallopt(libc::M_ARENA_MAX, 2) };
        // SAFETY: as above.
        unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE) };
    }
}
