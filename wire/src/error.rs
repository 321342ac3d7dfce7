// SPDX-License-Identifier: GPL-3.0-or-later
//! What a daemon says went wrong: `virNetMessageError`, which libvirt's client library makes its
//! own error of.

use serde::{Deserialize, Serialize};

use crate::types::{Domain, Network};

/// Numbers of `virErrorNumber` that servers of this crate and its tests name.
pub mod code {
    /// `VIR_ERR_INTERNAL_ERROR`.
    pub const INTERNAL: i32 = 1;
    /// `VIR_ERR_NO_SUPPORT`: this hypervisor has no such call.
    pub const NO_SUPPORT: i32 = 3;
    /// `VIR_ERR_INVALID_ARG`.
    pub const INVALID_ARG: i32 = 8;
    /// `VIR_ERR_OPERATION_FAILED`.
    pub const OPERATION_FAILED: i32 = 9;
    /// `VIR_ERR_XML_ERROR`.
    pub const XML: i32 = 27;
    /// `VIR_ERR_SYSTEM_ERROR`.
    pub const SYSTEM: i32 = 38;
    /// `VIR_ERR_RPC`.
    pub const RPC: i32 = 39;
    /// `VIR_ERR_NO_DOMAIN`.
    pub const NO_DOMAIN: i32 = 42;
    /// `VIR_ERR_NO_NETWORK`.
    pub const NO_NETWORK: i32 = 43;
    /// `VIR_ERR_AUTH_FAILED`.
    pub const AUTH_FAILED: i32 = 45;
    /// `VIR_ERR_NO_STORAGE_POOL`.
    pub const NO_POOL: i32 = 49;
    /// `VIR_ERR_NO_STORAGE_VOL`.
    pub const NO_VOLUME: i32 = 50;
    /// `VIR_ERR_OPERATION_INVALID`: not in this state.
    pub const OPERATION_INVALID: i32 = 55;
    /// `VIR_ERR_NO_SECRET`.
    pub const NO_SECRET: i32 = 66;
    /// `VIR_ERR_OPERATION_TIMEOUT`.
    pub const TIMEOUT: i32 = 68;
    /// `VIR_ERR_ACCESS_DENIED`.
    pub const ACCESS_DENIED: i32 = 88;
}

/// Numbers of `virErrorDomain`: which part of libvirt it comes from.
pub mod origin {
    /// `VIR_FROM_RPC`.
    pub const RPC: i32 = 7;
    /// `VIR_FROM_QEMU`.
    pub const QEMU: i32 = 10;
    /// `VIR_FROM_REMOTE`.
    pub const REMOTE: i32 = 13;
    /// `VIR_FROM_STORAGE`.
    pub const STORAGE: i32 = 18;
    /// `VIR_FROM_NETWORK`.
    pub const NETWORK: i32 = 19;
    /// `VIR_FROM_SECRET`.
    pub const SECRET: i32 = 30;
}

/// `VIR_ERR_ERROR`.
const LEVEL_ERROR: i32 = 2;

/// An error as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteError {
    /// `virErrorNumber`, of which [`code`] has some.
    pub code: i32,
    /// `virErrorDomain`, of which [`origin`] has some.
    pub origin: i32,
    /// What it says.
    pub message: Option<String>,
    /// `virErrorLevel`.
    pub level: i32,
    /// What it is about. Most errors have none of it, and so it is not in each.
    pub details: Box<Details>,
}

/// What an error is about, as far as it says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The guest.
    pub domain: Option<Domain>,
    /// The first text; libvirt writes the message here once more.
    pub str1: Option<String>,
    /// The second.
    pub str2: Option<String>,
    /// The third.
    pub str3: Option<String>,
    /// The first number; where a call of the system failed, its `errno`.
    pub int1: i32,
    /// The second.
    pub int2: i32,
    /// The network.
    pub network: Option<Network>,
}

impl RemoteError {
    /// An error.
    pub fn new(code: i32, origin: i32, message: impl Into<String>) -> Self {
        Self {
            code,
            origin,
            message: Some(message.into()),
            level: LEVEL_ERROR,
            details: Box::default(),
        }
    }

    /// There is no such call. The client library knows these words, and makes
    /// `VIR_ERR_NO_SUPPORT` of them.
    pub fn unknown_procedure(number: i32) -> Self {
        Self::new(
            code::RPC,
            origin::RPC,
            format!("unknown procedure: {number}"),
        )
    }

    /// What a call hands over can't be read.
    pub fn malformed(number: i32) -> Self {
        let message = format!("unable to decode the payload of procedure {number}");
        Self::new(code::RPC, origin::RPC, message)
    }
}
