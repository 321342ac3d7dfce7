// SPDX-License-Identifier: GPL-3.0-or-later
//! The picture of a guest's screen as libvirt sends it.
//!
//! It reads bytes and their type; decoding and checking them is the engine's part.

use std::ffi::c_char;
use std::io::{self, Read};

use virt::domain::Domain;
use virt_sys as sys;

use crate::error::Error;
use crate::ffi::{self, check};

/// How much is read at once, in bytes: libvirt's own message size.
const PIECE: usize = 256 * 1024;

/// Takes a picture of screen number `screen` (`virDomainScreenshot`), of at most `limit` bytes.
/// `read` gets its MIME type, such as "image/png" or "image/x-portable-pixmap", and reads its bytes
/// as they come. Blocks meanwhile; what `read` leaves unread is thrown away.
///
/// # Errors
///
/// The guest is off or has no such screen, the connection is lost, or
/// [`Error::PictureTooLarge`]. Then the result of `read` is of no use.
pub fn screenshot<T>(
    dom: &Domain,
    screen: u32,
    limit: usize,
    read: impl FnOnce(&str, &mut dyn Read) -> T,
) -> Result<T, Error> {
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
    let mut bytes = Bytes {
        stream,
        limit,
        left: limit,
        ended: false,
        failure: None,
    };
    let result = read(&mime, &mut bytes);
    match bytes.failure {
        Some(failure) => Err(failure),
        None if bytes.ended => bytes.stream.finish().map(|()| result),
        // It is aborted as it is dropped.
        None => Ok(result),
    }
}

/// The bytes of a stream, at most so many.
struct Bytes {
    stream: Stream,
    limit: usize,
    left: usize,
    ended: bool,
    failure: Option<Error>,
}

impl Read for Bytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ended || into.is_empty() {
            return Ok(0);
        }
        if self.failure.is_some() {
            return Err(io::Error::other("the picture could not be read"));
        }
        let result = self.stream.receive(into).and_then(|count| {
            self.left = self
                .left
                .checked_sub(count)
                .ok_or(Error::PictureTooLarge { limit: self.limit })?;
            Ok(count)
        });
        match result {
            Ok(count) => {
                self.ended = count == 0;
                Ok(count)
            }
            Err(error) => {
                let told = io::Error::other(error.to_string());
                self.failure = Some(error);
                Err(told)
            }
        }
    }
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

    /// Waits for the next bytes; none at the end.
    fn receive(&self, into: &mut [u8]) -> Result<usize, Error> {
        let room = into.len().min(PIECE);
        let start = into.as_mut_ptr().cast::<c_char>();
        // SAFETY: the stream is open, and the buffer has at least that size.
        let count = check(unsafe { sys::virStreamRecv(self.ptr, start, room) })?;
        Ok(usize::try_from(count).unwrap_or(0).min(room))
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
        let take = |limit| {
            screenshot(&dom, 0, limit, |mime, bytes| {
                let mut all = Vec::new();
                let read = bytes.read_to_end(&mut all).is_ok();
                (mime.to_owned(), all, read)
            })
        };
        let picture = take(16 << 20).unwrap();
        assert_eq!((&*picture.0, picture.2), ("image/png", true));
        assert!(picture.1.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert!(picture.1.len() > 8);

        let size = picture.1.len();
        assert_eq!(take(size).unwrap(), picture);
        let error = take(size - 1).unwrap_err();
        assert!(matches!(error, Error::PictureTooLarge { limit } if limit == size - 1));
        // Neither that nor what is left unread does guest and connection any harm.
        assert_eq!(screenshot(&dom, 0, size, |_, _| 7).unwrap(), 7);
        assert_eq!(take(size).unwrap(), picture);
    }
}
