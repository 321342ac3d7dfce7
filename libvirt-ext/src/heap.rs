// SPDX-License-Identifier: GPL-3.0-or-later
//! How the C library's heap is divided between threads.

/// Lets all threads but the first share one part of the heap. Call it before there are any.
///
/// glibc gives each thread a part of its own, up to eight for each processor, and hardly ever
/// takes back what lies in them. Where a call of libvirt runs on any of a pool of threads, as in
/// the window, all of them fill up: after 2,000 starts and stops of guests with twice the memory
/// that one needs. The calls wait for a daemon nearly all their time, and not for one another.
pub fn share_between_threads() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: takes numbers and sets a number of the allocator's, under its own lock.
        unsafe { libc::mallopt(libc::M_ARENA_MAX, 2) };
    }
}
