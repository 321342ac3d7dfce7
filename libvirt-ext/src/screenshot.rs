// SPDX-License-Identifier: GPL-3.0-or-later
//! The picture of a guest's screen as libvirt sends it.
//!
//! It reads bytes and their type; decoding and checking them is the engine's part.

use std::ffi::c_char;

use virt::domain::Domain;
use virt_sys as sys;

use crate::error::Error;
use crate::ffi::{self, check};

/// How much is read at once, in bytes: libvirt's own message size.
const PIECE: usize = 256 * 1024;

/// A picture as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Screenshot {
    /// Its MIME type, such as "image/png" or "image/x-portable-pixmap".
    pub mime: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Screenshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screenshot")
            .field("mime", &self.mime)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// Takes a picture of screen number `screen` (`virDomainScreenshot`), of at most `limit` bytes.
/// Blocks until it has come whole.
///
/// # Errors
///
/// The guest is off or has no such screen, the connection is lost, or
/// [`Error::PictureTooLarge`].
pub fn screenshot(dom: &Domain, screen: u32, limit: usize) -> Result<Screenshot, Error> {
    let stream = Stream::new(dom)?;
    // SAFETY: handle and stream are valid; the type is ours to free.
    let mime = unsafe {
        ffi::take(sys::virDomainScreenshot(
            dom.as_ptr(),
            stream.ptr,
            screen,
            0,
        ))
    }
    .ok_or_else(Error::last)?;
    let bytes = stream.read_all(limit)?;
    Ok(Screenshot { mime, bytes })
}

/// A blocking stream, ended by abort unless it was finished.
struct Stream {
    ptr: sys::virStreamPtr,
}

impl Stream {
    fn new(dom: &Domain) -> Result<Self, Error> {
        // SAFETY: the guest's handle is valid, and holds the connection that this gives.
        let ptr = unsafe { sys::virStreamNew(sys::virDomainGetConnect(dom.as_ptr()), 0) };
        if ptr.is_null() {
            Err(Error::last())
        } else {
            Ok(Self { ptr })
        }
    }

    /// Reads to the end and finishes. On an error the stream is aborted as it is dropped.
    fn read_all(self, limit: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let mut piece = vec![0u8; PIECE];
        loop {
            let into = piece.as_mut_ptr().cast::<c_char>();
            // SAFETY: the stream is open, and the buffer has that size.
            let count = check(unsafe { sys::virStreamRecv(self.ptr, into, piece.len()) })?;
            let count = usize::try_from(count).unwrap_or(0).min(piece.len());
            if count == 0 {
                break;
            }
            if bytes.len() + count > limit {
                return Err(Error::PictureTooLarge { limit });
            }
            bytes.extend_from_slice(&piece[..count]);
        }
        self.finish()?;
        Ok(bytes)
    }

    fn finish(self) -> Result<(), Error> {
        // SAFETY: the stream is open. Whatever this says, it needs no abort afterwards.
        let result = check(unsafe { sys::virStreamFinish(self.ptr) });
        // SAFETY: the reference is ours, and `drop` does not run.
        unsafe { sys::virStreamFree(self.ptr) };
        std::mem::forget(self);
        result.map(|_| ())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // The error that brought us here is read already: abort may overwrite libvirt's.
        // SAFETY: the reference is ours. Aborting a stream that was never opened only fails.
        unsafe {
            sys::virStreamAbort(self.ptr);
            sys::virStreamFree(self.ptr);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use virt::connect::Connect;

    #[test]
    fn a_picture_comes_whole_or_not_at_all() {
        crate::initialize().unwrap();
        let conn = Connect::open(Some("test:///default")).unwrap();
        let dom = conn.lookup_domain_by_name("test").unwrap();
        let picture = screenshot(&dom, 0, 16 << 20).unwrap();
        assert_eq!(picture.mime, "image/png");
        assert!(picture.bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert!(picture.bytes.len() > 8);

        let size = picture.bytes.len();
        assert_eq!(screenshot(&dom, 0, size).unwrap(), picture);
        let error = screenshot(&dom, 0, size - 1).unwrap_err();
        assert!(matches!(error, Error::PictureTooLarge { limit } if limit == size - 1));
        // The aborted stream has left guest and connection well.
        assert_eq!(screenshot(&dom, 0, size).unwrap(), picture);
    }
}
