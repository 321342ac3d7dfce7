// SPDX-License-Identifier: GPL-3.0-or-later
//! Virtual networks.

use super::{Answer, Driver};
use crate::model::error::failure::{Reason, unless_absent};

impl Driver {
    /// Whether the network of that name runs; `None` if there is none, or the driver has no
    /// networks.
    pub(crate) fn network_runs(&self, name: &str) -> Answer<Option<bool>> {
        let found = self.main.lookup_network_by_name(name).map_err(Into::into);
        let found = match unless_absent(found, Reason::NoNetwork) {
            Err(failure) if failure.is_unsupported() => return Ok(None),
            found => found?,
        };
        Ok(found.map(|network| network.is_active()).transpose()?)
    }

    /// The names of the networks that run.
    pub(crate) fn running_networks(&self) -> Answer<Vec<String>> {
        let flags = virt::sys::VIR_CONNECT_LIST_NETWORKS_ACTIVE;
        let found = self.main.list_all_networks(flags)?;
        Ok(found.iter().filter_map(|one| one.name().ok()).collect())
    }
}
