// SPDX-License-Identifier: GPL-3.0-or-later
//! Values to XDR and back (RFC 4506), by the `libvirt-xdr` crate, and what it leaves to do: data
//! that is left over, identities of 16 bytes, and bytes of any length.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// Bytes are not what was expected, or a value has no form in XDR.
#[derive(Debug, thiserror::Error)]
pub enum XdrError {
    /// The bytes end early, or hold what the type does not allow.
    #[error(transparent)]
    Malformed(#[from] libvirt_xdr::Error),
    /// Bytes follow after the value.
    #[error("{0} bytes follow after the value")]
    Trailing(usize),
}

/// A value's bytes.
///
/// # Errors
///
/// [`XdrError::Malformed`] where XDR has no form for the value.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, XdrError> {
    Ok(libvirt_xdr::to_bytes(value)?)
}

/// The value that bytes hold, all of them.
///
/// # Errors
///
/// [`XdrError`] where they hold another.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, XdrError> {
    let mut reader = libvirt_xdr::XdrDeserializer::new(bytes);
    let value = T::deserialize(&mut reader)?;
    match reader.remaining() {
        0 => Ok(value),
        left => Err(XdrError::Trailing(left)),
    }
}

/// A UUID as 16 bytes without a length, for `#[serde(with)]`.
pub(crate) mod fixed {
    use libvirt_xdr::opaque::FixedOpaque16;
    use uuid::Uuid;

    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(uuid: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        FixedOpaque16(*uuid.as_bytes()).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Uuid, D::Error> {
        FixedOpaque16::deserialize(from).map(|bytes| Uuid::from_bytes(bytes.0))
    }
}

/// Bytes of any length. They may be a passphrase, so that they are wiped and not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Opaque(pub Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Opaque {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Opaque({} bytes)", self.0.len())
    }
}

impl Serialize for Opaque {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Opaque {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl serde::de::Visitor<'_> for Bytes {
            type Value = Opaque;

            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("bytes")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Opaque, E> {
                Ok(Opaque(bytes.to_vec().into()))
            }

            fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<Opaque, E> {
                Ok(Opaque(bytes.into()))
            }
        }

        from.deserialize_byte_buf(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_a_length_and_are_filled_up_to_four() {
        let bytes = encode(&Opaque(b"abcde".to_vec().into())).unwrap();
        assert_eq!(bytes, b"\0\0\0\x05abcde\0\0\0");
        assert_eq!(*decode::<Opaque>(&bytes).unwrap().0, b"abcde");
    }

    #[test]
    fn what_follows_a_value_is_no_value() {
        assert!(matches!(
            decode::<i32>(&[0, 0, 0, 1, 0]),
            Err(XdrError::Trailing(1))
        ));
    }

    #[test]
    fn a_length_that_lies_is_refused_before_memory_is_taken() {
        for bytes in [[0xff; 4].as_slice(), &[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]] {
            assert!(decode::<String>(bytes).is_err());
            assert!(decode::<Opaque>(bytes).is_err());
            assert!(decode::<Vec<u64>>(bytes).is_err());
        }
    }

    #[test]
    fn bytes_are_not_printed() {
        let text = format!("{:?}", Opaque(b"hunter2".to_vec().into()));
        assert_eq!(text, "Opaque(7 bytes)");
    }
}
