// SPDX-License-Identifier: GPL-3.0-or-later
//! The values that calls and events share (libvirt's `src/remote/remote_protocol.x`): fields come
//! in the order of the wire.

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::xdr::fixed;

/// Flags of a call, as libvirt's header files number them.
pub type Flags = u32;

/// A guest: `remote_nonnull_domain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// Its identity.
    #[serde(with = "fixed")]
    pub uuid: Uuid,
    /// The number while it runs, -1 otherwise.
    pub id: i32,
}

/// What has a name and an identity: `remote_nonnull_network` and `remote_nonnull_storage_pool`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its identity.
    #[serde(with = "fixed")]
    pub uuid: Uuid,
}

/// A network.
pub type Network = Named;

/// A storage pool.
pub type Pool = Named;

/// A volume: `remote_nonnull_storage_vol`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// The name of its pool.
    pub pool: String,
    /// Its name.
    pub name: String,
    /// What identifies it on its host; its path where it is a file.
    pub key: String,
}

/// A device of the host: `remote_nonnull_node_device`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeDevice {
    /// Its name.
    pub name: String,
}

/// A secret: `remote_nonnull_secret`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Its identity.
    #[serde(with = "fixed")]
    pub uuid: Uuid,
    /// `virSecretUsageType`.
    pub usage_type: i32,
    /// What it is for.
    pub usage_id: String,
}

/// A snapshot: `remote_nonnull_domain_snapshot`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// Its guest.
    pub domain: Domain,
}

/// An identity by itself: `remote_uuid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(#[serde(with = "fixed")] pub Uuid);

/// What `virNodeGetInfo` gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeInfo {
    /// The processors' architecture, ended by zeros.
    pub model: [i8; 32],
    /// Memory in KiB.
    pub memory: u64,
    /// Processors that are on.
    pub cpus: i32,
    /// Their clock in MHz.
    pub mhz: i32,
    /// NUMA nodes.
    pub nodes: i32,
    /// Sockets of a node.
    pub sockets: i32,
    /// Cores of a socket.
    pub cores: i32,
    /// Threads of a core.
    pub threads: i32,
}

/// What `virDomainGetInfo` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainInfo {
    /// `virDomainState`.
    pub state: u8,
    /// The most memory in KiB.
    pub max_memory: u64,
    /// Memory in KiB.
    pub memory: u64,
    /// Processors.
    pub cpus: u16,
    /// Processor time in nanoseconds.
    pub cpu_time: u64,
}

/// What `virDomainGetBlockInfo` gives, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockInfo {
    /// What the image has of its storage.
    pub allocation: u64,
    /// What the guest sees.
    pub capacity: u64,
    /// How far the image goes.
    pub physical: u64,
}

/// What `virStoragePoolGetInfo` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolInfo {
    /// `virStoragePoolState`.
    pub state: u8,
    /// Its size in bytes.
    pub capacity: u64,
    /// What is taken of it in bytes.
    pub allocation: u64,
    /// What is left of it in bytes.
    pub available: u64,
}

/// A named value: `remote_typed_param`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypedParam {
    /// Its name.
    pub field: String,
    /// Its value.
    pub value: TypedValue,
}

impl TypedParam {
    /// A named value.
    pub fn new(field: impl Into<String>, value: TypedValue) -> Self {
        Self {
            field: field.into(),
            value,
        }
    }
}

/// A value with its kind: `remote_typed_param_value`, whose kinds are `virTypedParameterType`.
#[derive(Clone, Debug, PartialEq)]
pub enum TypedValue {
    /// Kind 1.
    Int(i32),
    /// Kind 2.
    UInt(u32),
    /// Kind 3.
    LLong(i64),
    /// Kind 4.
    ULLong(u64),
    /// Kind 5.
    Double(f64),
    /// Kind 6; libvirt writes 0 or 1.
    Boolean(i32),
    /// Kind 7.
    Text(String),
}

impl Serialize for TypedValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Int(value) => (1, value).serialize(to),
            Self::UInt(value) => (2, value).serialize(to),
            Self::LLong(value) => (3, value).serialize(to),
            Self::ULLong(value) => (4, value).serialize(to),
            Self::Double(value) => (5, value).serialize(to),
            Self::Boolean(value) => (6, value).serialize(to),
            Self::Text(value) => (7, value).serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for TypedValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Typed;

        fn next<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(of: &mut A) -> Result<T, A::Error> {
            of.next_element()?
                .ok_or_else(|| A::Error::custom("a typed value ends early"))
        }

        impl<'de> Visitor<'de> for Typed {
            type Value = TypedValue;

            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("a kind from 1 to 7, and its value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut of: A) -> Result<TypedValue, A::Error> {
                Ok(match next::<_, i32>(&mut of)? {
                    1 => TypedValue::Int(next(&mut of)?),
                    2 => TypedValue::UInt(next(&mut of)?),
                    3 => TypedValue::LLong(next(&mut of)?),
                    4 => TypedValue::ULLong(next(&mut of)?),
                    5 => TypedValue::Double(next(&mut of)?),
                    6 => TypedValue::Boolean(next(&mut of)?),
                    7 => TypedValue::Text(next(&mut of)?),
                    kind => {
                        return Err(A::Error::custom(format!("{kind} is no kind of value")));
                    }
                })
            }
        }

        from.deserialize_tuple(2, Typed)
    }
}

/// Figures of one guest: `remote_domain_stats_record`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatsRecord {
    /// The guest.
    pub domain: Domain,
    /// Its figures.
    pub params: Vec<TypedParam>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xdr::{decode, encode};

    #[test]
    fn a_guest_is_its_name_its_sixteen_bytes_and_its_number() {
        let domain = Domain {
            name: "web".into(),
            uuid: Uuid::from_bytes([7; 16]),
            id: -1,
        };
        let bytes = encode(&domain).unwrap();
        let expected = [
            b"\0\0\0\x03web\0".as_slice(),
            &[7; 16],
            &[0xff, 0xff, 0xff, 0xff],
        ];
        assert_eq!(bytes, expected.concat());
        assert_eq!(decode::<Domain>(&bytes).unwrap(), domain);
    }

    #[test]
    fn each_kind_of_value_comes_back() {
        let values = [
            TypedValue::Int(-3),
            TypedValue::UInt(3),
            TypedValue::LLong(i64::MIN),
            TypedValue::ULLong(u64::MAX),
            TypedValue::Double(0.5),
            TypedValue::Boolean(1),
            TypedValue::Text("words".into()),
        ];
        for (number, value) in (1..).zip(values) {
            let param = TypedParam::new("cpu_shares", value);
            let bytes = encode(&param).unwrap();
            assert_eq!(bytes[14 + 2..20], [0, 0, 0, number]);
            assert_eq!(decode::<TypedParam>(&bytes).unwrap(), param);
        }
    }

    #[test]
    fn a_kind_that_is_none_is_refused() {
        for kind in [0, 8, -1] {
            assert!(decode::<TypedValue>(&encode(&(kind, 1)).unwrap()).is_err());
        }
    }

    #[test]
    fn small_numbers_take_four_bytes() {
        let info = DomainInfo {
            state: 1,
            max_memory: 2,
            memory: 3,
            cpus: 4,
            cpu_time: 5,
        };
        assert_eq!(encode(&info).unwrap().len(), 4 + 8 + 8 + 4 + 8);
    }

    #[test]
    fn a_model_takes_four_bytes_a_letter() {
        let info = NodeInfo {
            model: [0; 32],
            memory: 1,
            cpus: 2,
            mhz: 3,
            nodes: 4,
            sockets: 5,
            cores: 6,
            threads: 7,
        };
        assert_eq!(encode(&info).unwrap().len(), 32 * 4 + 8 + 6 * 4);
    }
}
