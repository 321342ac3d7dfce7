// SPDX-License-Identifier: GPL-3.0-or-later
//! A buffer on pages of its own.
//!
//! The pages are mapped for this buffer alone, so that locking, leaving out of dumps and
//! unmapping touch nothing else, and no allocator ever sees the bytes.

use std::fmt;
use std::hint::black_box;
use std::io;
use std::ptr::NonNull;
use std::sync::Arc;

use zeroize::Zeroize;

use crate::error::Error;

/// Secret bytes. Wiped and unmapped when dropped; not printed, not cloned by accident.
///
/// The pages are locked in memory if the system's limit (`RLIMIT_MEMLOCK`) allows it, left out of
/// core dumps, and empty in a child process.
pub struct LockedBuffer {
    pages: Pages,
    len: usize,
}

impl LockedBuffer {
    /// An empty buffer with room for `capacity` bytes, rounded up to whole pages.
    ///
    /// # Errors
    ///
    /// The system has no memory left.
    pub fn with_capacity(capacity: usize) -> Result<Self, Error> {
        Ok(Self {
            pages: Pages::new(capacity)?,
            len: 0,
        })
    }

    /// Takes the bytes of a vector and wipes it, all of its capacity, also if this fails.
    ///
    /// Copies that were left behind while the vector grew are out of reach: where bytes come in
    /// piece by piece, use [`Self::push`].
    ///
    /// # Errors
    ///
    /// The system has no memory left.
    pub fn from_vec(mut source: Vec<u8>) -> Result<Self, Error> {
        let result = Self::from_slice(&source);
        source.zeroize();
        result
    }

    /// Copies bytes that the caller wipes.
    ///
    /// # Errors
    ///
    /// The system has no memory left.
    pub fn from_slice(source: &[u8]) -> Result<Self, Error> {
        let mut buffer = Self::with_capacity(source.len())?;
        buffer.extend(source)?;
        Ok(buffer)
    }

    /// Adds a byte. Growing moves the bytes to larger pages and wipes the old ones.
    ///
    /// # Errors
    ///
    /// The system has no memory left; the buffer is as before.
    pub fn push(&mut self, byte: u8) -> Result<(), Error> {
        self.extend(&[byte])
    }

    /// Adds bytes, as [`Self::push`].
    ///
    /// # Errors
    ///
    /// The system has no memory left; the buffer is as before.
    pub fn extend(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let wanted = self
            .len
            .checked_add(bytes.len())
            .ok_or_else(out_of_memory)?;
        if wanted > self.pages.size {
            let mut larger = Pages::new(wanted.max(self.pages.size.saturating_mul(2)))?;
            larger.as_mut_slice()[..self.len].copy_from_slice(self.as_slice());
            // The old pages are wiped as they are dropped.
            self.pages = larger;
        }
        self.pages.as_mut_slice()[self.len..wanted].copy_from_slice(bytes);
        self.len = wanted;
        Ok(())
    }

    /// Removes the last byte and wipes its place; gives whether there was one.
    pub fn pop(&mut self) -> bool {
        let Some(last) = self.len.checked_sub(1) else {
            return false;
        };
        self.pages.as_mut_slice()[last..self.len].zeroize();
        self.len = last;
        true
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.pages.as_slice()[..self.len]
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the system let us lock the pages in memory.
    pub fn is_locked(&self) -> bool {
        self.pages.locked
    }

    /// Another buffer with the same bytes.
    ///
    /// # Errors
    ///
    /// The system has no memory left.
    pub fn try_clone(&self) -> Result<Self, Error> {
        Self::from_slice(self.as_slice())
    }

    /// Whether the bytes are the same. The time it takes tells the lengths only.
    pub fn equals(&self, other: &[u8]) -> bool {
        let own = self.as_slice();
        if own.len() != other.len() {
            return false;
        }
        let difference = own
            .iter()
            .zip(other)
            .fold(0, |all, (a, b)| black_box(all | (a ^ b)));
        black_box(difference) == 0
    }
}

impl fmt::Debug for LockedBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedBuffer(..)")
    }
}

impl PartialEq for LockedBuffer {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other.as_slice())
    }
}

impl Eq for LockedBuffer {}

/// Whole pages, mapped for one owner.
struct Pages {
    start: NonNull<u8>,
    size: usize,
    locked: bool,
}

// SAFETY: the pages belong to this value alone, like a boxed slice.
unsafe impl Send for Pages {}
// SAFETY: as above; a shared reference only reads.
unsafe impl Sync for Pages {}

impl Pages {
    fn new(capacity: usize) -> Result<Self, Error> {
        // SAFETY: sysconf only reads.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page = usize::try_from(page).unwrap_or(4096);
        let size = capacity
            .max(1)
            .checked_next_multiple_of(page)
            .ok_or_else(out_of_memory)?;
        // SAFETY: a new private mapping at a place of the kernel's choice.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(Error::Memory {
                source: Arc::new(io::Error::last_os_error()),
            });
        }
        let Some(start) = NonNull::new(start.cast::<u8>()) else {
            return Err(out_of_memory());
        };
        // SAFETY: the mapping is ours and has that size. Each call is a best effort: without a
        // lock the bytes may reach swap, the other two fail only on a kernel older than 4.14.
        let locked = unsafe {
            let address = start.as_ptr().cast();
            libc::madvise(address, size, libc::MADV_DONTDUMP);
            libc::madvise(address, size, libc::MADV_WIPEONFORK);
            libc::mlock(address, size) == 0
        };
        Ok(Self {
            start,
            size,
            locked,
        })
    }

    fn as_slice(&self) -> &[u8] {
        // SAFETY: the mapping has `size` bytes, zero at first, and lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.size) }
    }

    fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: as above, and `self` is borrowed for writing.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.size) }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.as_mut_slice().zeroize();
        // SAFETY: the mapping is ours, unmapped once, and nobody borrows it any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.size) };
    }
}

fn out_of_memory() -> Error {
    Error::Memory {
        source: Arc::new(io::Error::from_raw_os_error(libc::ENOMEM)),
    }
}
