// SPDX-License-Identifier: GPL-3.0-or-later
//! A passphrase: memory that is locked, kept out of core dumps, wiped when dropped, and that can't
//! be printed or serialised; and passphrases that nobody has to invent ([`generate`]).

pub mod generate;

use std::fmt;
use std::io::Read;

use crate::model::error::{Error, Result, request};
use crate::platform::{LockedBuffer, MemoryError};

/// The longest passphrase that we take, in bytes. libvirt's wire protocol allows 65536
/// (`VIR_SECRET_VALUE_MAX`); LUKS key files are rarely over 8 KiB.
pub const MAX_PASSPHRASE_BYTES: usize = 8192;

/// A passphrase: UTF-8 of 1 to [`MAX_PASSPHRASE_BYTES`] bytes in guarded memory.
pub struct Passphrase(LockedBuffer);

impl Passphrase {
    /// Takes over bytes, wiping the vector that they came in.
    ///
    /// # Errors
    /// [`Error::Invalid`] if they are empty, too long, or no UTF-8.
    pub fn from_vec(bytes: Vec<u8>) -> Result<Self> {
        Self::checked(LockedBuffer::from_vec(bytes).map_err(|error| no_memory(&error))?)
    }

    /// Makes one up: seven words, see [`generate`].
    ///
    /// # Errors
    /// [`Error::Internal`] if the system gives no random numbers or no memory.
    pub fn generate() -> Result<Self> {
        let mut buffer =
            LockedBuffer::with_capacity(generate::MAX_LEN).map_err(|error| no_memory(&error))?;
        let mut full = Ok(());
        generate::passphrase_into(|part| {
            if full.is_ok() {
                full = buffer.extend(part);
            }
        })
        .map_err(|error| Error::Internal(error.to_string()))?;
        full.map_err(|error| no_memory(&error))?;
        Self::checked(buffer)
    }

    /// Reads a passphrase to the end of `source`; one line end (`\n` or `\r\n`) at the very
    /// end is not part of it, so that `echo` and editors can write the file.
    ///
    /// # Errors
    /// [`Error::Invalid`] as [`Passphrase::from_vec`], or with the reason why `source` could
    /// not be read.
    pub fn read_from(mut source: impl Read) -> Result<Self> {
        let mut buffer = LockedBuffer::with_capacity(MAX_PASSPHRASE_BYTES + 3)
            .map_err(|error| no_memory(&error))?;
        let mut byte = zeroize::Zeroizing::new([0_u8; 1]);
        loop {
            match source.read(&mut *byte) {
                Ok(0) => break,
                Ok(_) if buffer.as_slice().len() > MAX_PASSPHRASE_BYTES + 1 => {
                    return Err(too_long());
                }
                Ok(_) => buffer.push(byte[0]).map_err(|error| no_memory(&error))?,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Error::Invalid(
                        request::PASSPHRASE_UNREAD.with("words", error.to_string()),
                    ));
                }
            }
        }
        if buffer.as_slice().last() == Some(&b'\n') {
            buffer.pop();
            if buffer.as_slice().last() == Some(&b'\r') {
                buffer.pop();
            }
        }
        Self::checked(buffer)
    }

    fn checked(buffer: LockedBuffer) -> Result<Self> {
        let bytes = buffer.as_slice();
        if bytes.is_empty() {
            return Err(Error::Invalid(request::PASSPHRASE_EMPTY.into()));
        }
        if bytes.len() > MAX_PASSPHRASE_BYTES {
            return Err(too_long());
        }
        if std::str::from_utf8(bytes).is_err() {
            return Err(Error::Invalid(request::PASSPHRASE_BYTES.into()));
        }
        Ok(Self(buffer))
    }

    /// The bytes, for the keyring and libvirt only.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The guarded memory, for libvirt.
    pub(crate) fn buffer(&self) -> &LockedBuffer {
        &self.0
    }

    /// Shows the passphrase to `reader`, for the one place that must put it on the wire or
    /// hand it to libvirt's login.
    pub fn expose<T>(&self, reader: impl FnOnce(&str) -> T) -> T {
        // Checked at construction; an impossible failure must not print the bytes.
        reader(std::str::from_utf8(self.as_bytes()).unwrap_or_default())
    }

    /// A second copy in guarded memory of its own.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is no memory for it.
    pub fn try_clone(&self) -> Result<Self> {
        self.0
            .try_clone()
            .map(Self)
            .map_err(|error| no_memory(&error))
    }
}

fn no_memory(error: &MemoryError) -> Error {
    Error::Internal(error.to_string())
}

fn too_long() -> Error {
    Error::Invalid(request::PASSPHRASE_LONG.with("most", MAX_PASSPHRASE_BYTES))
}

impl PartialEq for Passphrase {
    /// In constant time for equal lengths.
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other.as_bytes())
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passphrase(..)")
    }
}
