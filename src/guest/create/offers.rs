// SPDX-License-Identifier: GPL-3.0-or-later
//! What a new guest can have on a host: for a front end that shows ranges and choices before the
//! person decides. Reads only; whether a choice is good is for the plan to say.

use super::check;
use super::plan::Network;
use crate::connection::{Class, Connection};
use crate::driver::Driver;
use crate::message::Message;
use crate::model::doing;
use crate::model::error::{ConnectionError, Error, Result, request};
use crate::model::host::Kvm;
use crate::storage::PoolOffer;
use crate::{control, storage};

/// What a new guest can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offers {
    /// Whether the hypervisor is QEMU, which alone has disks with LUKS and a choice of emulation.
    pub qemu: bool,
    /// Whether KVM is there and real.
    pub kvm: Kvm,
    /// The host's memory in KiB.
    pub memory_kib: u64,
    /// The least memory of a guest in KiB.
    pub least_memory_kib: u64,
    /// The host's processors.
    pub cpus: u32,
    /// The most virtual processors of a guest.
    pub max_vcpus: u32,
    /// Pools that take its disk, the usual one first.
    pub pools: Vec<PoolOffer>,
    /// Why it can have no disk, if so.
    pub no_disk: Option<Message>,
    /// Why its disk can't be encrypted, if so.
    pub no_encryption: Option<Message>,
    /// Names of the networks that run.
    pub networks: Vec<String>,
    /// The network that it gets if none is chosen.
    pub usual_network: Network,
    /// The least and most CPU shares.
    pub cpu_shares: (u64, u64),
    /// Why it can have no CPU shares and no memory limit, if so.
    pub no_limits: Option<Message>,
}

pub(super) async fn read(connection: &Connection) -> Result<Offers> {
    connection
        .calls()
        .run(Class::Ordinary, doing::READ_OFFERS, read_blocking)
        .await
}

fn read_blocking(driver: &Driver) -> Result<Offers> {
    let host = driver.host()?;
    let cpus = driver.host_cpus().map_or(1, |cpus| cpus.max(1));
    let max_vcpus = driver.most_vcpus(&host.plain_type);
    let (pools, no_disk) = match storage::offers(driver) {
        Ok(pools) if pools.is_empty() => (pools, Some(request::NO_POOL_AT_ALL.into())),
        Ok(pools) => (pools, None),
        Err(error @ Error::Connection(ConnectionError::Lost { .. })) => return Err(error),
        Err(error) => (Vec::new(), Some(error.reason())),
    };
    Ok(Offers {
        qemu: host.is_qemu(),
        kvm: host.kvm,
        memory_kib: host.memory_kib,
        least_memory_kib: check::MIN_MEMORY_KIB,
        cpus,
        max_vcpus: max_vcpus.unwrap_or(cpus).max(1),
        pools,
        no_disk,
        no_encryption: check::check_encryption(driver, &host)
            .err()
            .map(|error| error.reason()),
        networks: networks(driver),
        usual_network: check::choose_network(driver, None, &mut Vec::new())?,
        cpu_shares: control::shares_range(driver.site),
        no_limits: control::check_possible(driver.site)
            .err()
            .map(|error| error.reason()),
    })
}

/// The running networks; none where the driver has no networks.
fn networks(driver: &Driver) -> Vec<String> {
    let mut names = driver.running_networks().unwrap_or_default();
    names.sort();
    names
}
