// SPDX-License-Identifier: GPL-3.0-or-later
//! The calls: number, what each takes, and what it gives (libvirt's
//! `src/remote/remote_protocol.x`, `enum remote_procedure` and the structures `remote_…_args` and
//! `remote_…_ret`). A tuple's parts come one after the other on the wire, as a structure's fields.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::types::{
    BlockInfo, Domain, DomainInfo, Flags, Id, Network, NodeDevice, NodeInfo, Pool, PoolInfo,
    Secret, Snapshot, StatsRecord, TypedParam, Volume,
};
use crate::xdr::{self, Opaque, XdrError};

/// A call.
pub trait Procedure {
    /// Its number.
    const NUMBER: i32;
    /// Its name, for logs.
    const NAME: &'static str;
    /// What it takes.
    type Args: DeserializeOwned + Serialize;
    /// What it gives.
    type Reply: DeserializeOwned + Serialize;
}

macro_rules! procedures {
    ($($(#[$doc:meta])* $name:ident = $number:literal: $args:ty => $reply:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Procedure for $name {
                const NUMBER: i32 = $number;
                const NAME: &'static str = stringify!($name);
                type Args = $args;
                type Reply = $reply;
            }
        )*

        /// Numbers and names of all that this crate knows.
        pub const ALL: &[(i32, &str)] = &[$(($number, stringify!($name)),)*];

        /// Whether bytes are what a call takes, if it is known.
        ///
        /// # Errors
        ///
        /// [`XdrError`] where they are not.
        pub fn check(number: i32, args: &[u8]) -> Option<Result<(), XdrError>> {
            match number {
                $($number => Some(xdr::decode::<$args>(args).map(drop)),)*
                _ => None,
            }
        }
    };
}

procedures! {
    /// The name of the connection, and flags.
    ConnectOpen = 1: (Option<String>, Flags) => ();
    /// Ends it.
    ConnectClose = 2: () => ();
    /// The driver's name.
    ConnectGetType = 3: () => String;
    /// The hypervisor's version: a million times the first part, a thousand times the second.
    ConnectGetVersion = 4: () => u64;
    /// Of a kind of guest: the most processors.
    ConnectGetMaxVcpus = 5: Option<String> => i32;
    /// The host.
    NodeGetInfo = 6: () => NodeInfo;
    /// A document about the host.
    ConnectGetCapabilities = 7: () => String;
    /// Starts a guest.
    DomainCreate = 9: Domain => ();
    /// Starts a guest that is not defined.
    DomainCreateXml = 10: (String, Flags) => Domain;
    /// Defines a guest.
    DomainDefineXml = 11: String => Domain;
    /// Ends a guest at once.
    DomainDestroy = 12: Domain => ();
    /// Its document.
    DomainGetXmlDesc = 14: (Domain, Flags) => String;
    /// Whether it starts with the host.
    DomainGetAutostart = 15: Domain => i32;
    /// Its figures.
    DomainGetInfo = 16: Domain => DomainInfo;
    /// What kind of guests it runs.
    DomainGetOsType = 19: Domain => String;
    /// A running guest by number.
    DomainLookupById = 22: i32 => Domain;
    /// A guest by name.
    DomainLookupByName = 23: String => Domain;
    /// A guest by identity.
    DomainLookupByUuid = 24: Id => Domain;
    /// Restarts it.
    DomainReboot = 27: (Domain, Flags) => ();
    /// Lets it go on.
    DomainResume = 28: Domain => ();
    /// Has it start with the host, or not.
    DomainSetAutostart = 29: (Domain, i32) => ();
    /// Asks it to shut down.
    DomainShutdown = 33: Domain => ();
    /// Stops it for a while.
    DomainSuspend = 34: Domain => ();
    /// Forgets it.
    DomainUndefine = 35: Domain => ();
    /// A network's document.
    NetworkGetXmlDesc = 43: (Network, Flags) => String;
    /// A network by name.
    NetworkLookupByName = 46: String => Network;
    /// A network by identity.
    NetworkLookupByUuid = 47: Id => Network;
    /// How its processors are shared out, and how many parameters that has.
    DomainGetSchedulerType = 56: Domain => (String, i32);
    /// The host's name.
    ConnectGetHostname = 59: () => String;
    /// Whether the daemon has what `virDrvFeature` numbers.
    ConnectSupportsFeature = 60: i32 => i32;
    /// Which ways to authenticate there are: `remote_auth_type`.
    AuthList = 66: () => Vec<i32>;
    /// Defines a pool.
    StoragePoolDefineXml = 77: (String, Flags) => Pool;
    /// Starts a pool.
    StoragePoolCreate = 78: (Pool, Flags) => ();
    /// Makes what a pool needs.
    StoragePoolBuild = 79: (Pool, Flags) => ();
    /// Stops a pool.
    StoragePoolDestroy = 80: Pool => ();
    /// Deletes what a pool is in.
    StoragePoolDelete = 81: (Pool, Flags) => ();
    /// Forgets a pool.
    StoragePoolUndefine = 82: Pool => ();
    /// Looks at a pool anew.
    StoragePoolRefresh = 83: (Pool, Flags) => ();
    /// A pool by name.
    StoragePoolLookupByName = 84: String => Pool;
    /// A pool by identity.
    StoragePoolLookupByUuid = 85: Id => Pool;
    /// A pool's figures.
    StoragePoolGetInfo = 87: Pool => PoolInfo;
    /// A pool's document.
    StoragePoolGetXmlDesc = 88: (Pool, Flags) => String;
    /// Has a pool start with the host, or not.
    StoragePoolSetAutostart = 90: (Pool, i32) => ();
    /// Makes a volume.
    StorageVolCreateXml = 93: (Pool, String, Flags) => Volume;
    /// Deletes a volume.
    StorageVolDelete = 94: (Volume, Flags) => ();
    /// A volume by name.
    StorageVolLookupByName = 95: (Pool, String) => Volume;
    /// A volume by path.
    StorageVolLookupByPath = 97: String => Volume;
    /// A volume's document.
    StorageVolGetXmlDesc = 99: (Volume, Flags) => String;
    /// A volume's path.
    StorageVolGetPath = 100: Volume => String;
    /// The connection's canonical URI.
    ConnectGetUri = 110: () => String;
    /// A secret by identity.
    SecretLookupByUuid = 141: Id => Secret;
    /// Defines a secret.
    SecretDefineXml = 142: (String, Flags) => Secret;
    /// A secret's document.
    SecretGetXmlDesc = 143: (Secret, Flags) => String;
    /// Fills a secret.
    SecretSetValue = 144: (Secret, Opaque, Flags) => ();
    /// Forgets a secret.
    SecretUndefine = 146: Secret => ();
    /// A secret by what it is for.
    SecretLookupByUsage = 147: (i32, String) => Secret;
    /// Whether nobody can listen.
    ConnectIsSecure = 149: () => i32;
    /// Whether a guest runs.
    DomainIsActive = 150: Domain => i32;
    /// Whether it is defined.
    DomainIsPersistent = 151: Domain => i32;
    /// Whether a network runs.
    NetworkIsActive = 152: Network => i32;
    /// Whether a network is defined.
    NetworkIsPersistent = 153: Network => i32;
    /// Whether a pool runs.
    StoragePoolIsActive = 154: Pool => i32;
    /// The library's version.
    ConnectGetLibVersion = 157: () => u64;
    /// Ends a guest and keeps its memory.
    DomainManagedSave = 182: (Domain, Flags) => ();
    /// Whether its memory is kept.
    DomainHasManagedSaveImage = 183: (Domain, Flags) => i32;
    /// Of a path or a target: an image's sizes.
    DomainGetBlockInfo = 194: (Domain, String, Flags) => BlockInfo;
    /// Starts a guest, with flags.
    DomainCreateWithFlags = 196: (Domain, Flags) => Domain;
    /// Sets limits of memory.
    DomainSetMemoryParameters = 197: (Domain, Vec<TypedParam>, Flags) => ();
    /// Limits of memory; asked for none, how many there are.
    DomainGetMemoryParameters = 198: (Domain, i32, Flags) => (Vec<TypedParam>, i32);
    /// Opens a console, by a stream.
    DomainOpenConsole = 201: (Domain, Option<String>, Flags) => ();
    /// The screen of that number, by a stream; the kind of picture.
    DomainScreenshot = 211: (Domain, u32, Flags) => Option<String>;
    /// `virDomainState` and the reason.
    DomainGetState = 212: (Domain, Flags) => (i32, i32);
    /// Sets how its processors are shared out.
    DomainSetSchedulerParametersFlags = 219: (Domain, Vec<TypedParam>, Flags) => ();
    /// How its processors are shared out, in at most so many values.
    DomainGetSchedulerParametersFlags = 223: (Domain, i32, Flags) => Vec<TypedParam>;
    /// Forgets it and what flags name.
    DomainUndefineFlags = 231: (Domain, Flags) => ();
    /// Ends it at once, with flags.
    DomainDestroyFlags = 234: (Domain, Flags) => ();
    /// Resets it.
    DomainReset = 245: (Domain, Flags) => ();
    /// Asks it to shut down, by the ways that flags name.
    DomainShutdownFlags = 258: (Domain, Flags) => ();
    /// All guests that flags name, and their number; without results where none are wanted.
    ConnectListAllDomains = 273: (i32, Flags) => (Vec<Domain>, u32);
    /// All snapshots.
    DomainListAllSnapshots = 274: (Domain, i32, Flags) => (Vec<Snapshot>, i32);
    /// All pools that flags name.
    ConnectListAllStoragePools = 281: (i32, Flags) => (Vec<Pool>, u32);
    /// All volumes of a pool.
    StoragePoolListAllVolumes = 282: (Pool, i32, Flags) => (Vec<Volume>, u32);
    /// All networks that flags name.
    ConnectListAllNetworks = 283: (i32, Flags) => (Vec<Network>, u32);
    /// All devices of the host that flags name.
    ConnectListAllNodeDevices = 285: (i32, Flags) => (Vec<NodeDevice>, u32);
    /// All secrets that flags name.
    ConnectListAllSecrets = 287: (i32, Flags) => (Vec<Secret>, u32);
    /// Tells of a network's events, of all where none is named; the callback's number.
    NetworkEventRegister = 313: (i32, Option<Network>) => i32;
    /// No more.
    NetworkEventDeregister = 314: i32 => ();
    /// Tells of a guest's events, of all where none is named; the callback's number.
    DomainEventRegister = 316: (i32, Option<Domain>) => i32;
    /// No more.
    DomainEventDeregister = 317: i32 => ();
    /// Of emulator, architecture, machine and kind: what guests can have.
    GetDomainCapabilities = 342:
        (Option<String>, Option<String>, Option<String>, Option<String>, Flags) => String;
    /// Of the guests named, of all where none is: the groups of figures that a mask names.
    GetAllDomainStats = 344: (Vec<Domain>, u32, Flags) => Vec<StatsRecord>;
    /// Defines a guest, with flags.
    DomainDefineXmlFlags = 350: (String, Flags) => Domain;
    /// Gives it another name.
    DomainRename = 358: (Domain, Option<String>, Flags) => i32;
    /// Tells when the connection to the hypervisor is lost.
    RegisterCloseCallback = 360: () => ();
    /// No more.
    UnregisterCloseCallback = 361: () => ();
    /// Tells of a pool's events, of all where none is named; the callback's number.
    PoolEventRegister = 368: (i32, Option<Pool>) => i32;
    /// No more.
    PoolEventDeregister = 369: i32 => ();
    /// Tells of a device's events, of all where none is named; the callback's number.
    NodeDeviceEventRegister = 374: (i32, Option<NodeDevice>) => i32;
    /// No more.
    NodeDeviceEventDeregister = 375: i32 => ();
    /// Tells of a secret's events, of all where none is named; the callback's number.
    SecretEventRegister = 380: (i32, Option<Secret>) => i32;
    /// No more.
    SecretEventDeregister = 381: i32 => ();
    /// The document of a guest whose memory is kept.
    DomainManagedSaveGetXmlDesc = 388: (Domain, Flags) => String;
}

/// A procedure's name, or its number where this crate has none.
pub fn name(number: i32) -> String {
    let known = ALL.iter().find(|(it, _)| *it == number);
    known.map_or_else(|| format!("procedure {number}"), |(_, name)| (*name).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_rise_and_none_comes_twice() {
        assert!(ALL.is_sorted_by(|one, next| one.0 < next.0));
    }

    proptest! {
        #[test]
        fn any_bytes_are_arguments_or_an_error(index in 0..ALL.len(), bytes: Vec<u8>) {
            prop_assert!(check(ALL[index].0, &bytes).is_some());
        }
    }
}
