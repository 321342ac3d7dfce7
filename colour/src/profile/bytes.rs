// SPDX-License-Identifier: GPL-3.0-or-later
//! Reading big-endian numbers from bytes that may end at any place.

use super::Signature;

/// Numbers at positions of a piece of bytes; `None` where the bytes end before.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// So many bytes from a position on.
    pub fn slice(self, at: usize, length: usize) -> Option<&'a [u8]> {
        self.0.get(at..at.checked_add(length)?)
    }

    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.slice(at, N)?.try_into().ok()
    }

    /// One byte.
    pub fn u8(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    /// `uInt16Number`.
    pub fn u16(self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_be_bytes)
    }

    /// `uInt32Number`.
    pub fn u32(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_be_bytes)
    }

    /// `uInt64Number`.
    pub fn u64(self, at: usize) -> Option<u64> {
        self.array(at).map(u64::from_be_bytes)
    }

    /// A `uInt32Number` that is a length or a position.
    pub fn length(self, at: usize) -> Option<usize> {
        usize::try_from(self.u32(at)?).ok()
    }

    /// `s15Fixed16Number`.
    pub fn fixed(self, at: usize) -> Option<f64> {
        let raw = i32::from_be_bytes(self.array(at)?);
        Some(f64::from(raw) / 65536.0)
    }

    /// Three `s15Fixed16Number`: an `XYZNumber`.
    pub fn xyz(self, at: usize) -> Option<[f64; 3]> {
        Some([
            self.fixed(at)?,
            self.fixed(at.checked_add(4)?)?,
            self.fixed(at.checked_add(8)?)?,
        ])
    }

    /// A signature of four bytes.
    pub fn signature(self, at: usize) -> Option<Signature> {
        self.array(at).map(Signature)
    }
}
