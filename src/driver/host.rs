// SPDX-License-Identifier: GPL-3.0-or-later
//! The host: who it is, and what it can do.

use super::{Answer, Driver};
use crate::model::doing;
use crate::model::error::{Error, Result, request};
use crate::model::host::{Host, HostIdentity};
use crate::xml;

impl Driver {
    /// Reads what the host can do (`virConnectGetCapabilities`). The first time after its start a
    /// daemon may take some seconds for it.
    ///
    /// # Errors
    /// [`Error::Libvirt`], or [`Error::Internal`] if the answer can't be read.
    pub(crate) fn host(&self) -> Result<Host> {
        let fail = |error: virt::error::Error| self.failed(doing::READ_HOST, error.into());
        let driver = self.main.driver_type().map_err(fail)?;
        let capabilities = self.main.capabilities().map_err(fail)?;
        let memory_kib = self.main.node_info().map_err(fail)?.memory;
        Host::parse(driver, &capabilities, memory_kib)
    }

    /// The host's name for itself (`virConnectGetHostname`).
    pub(crate) fn hostname(&self) -> Answer<String> {
        Ok(self.main.hostname()?)
    }

    /// The host's memory in KiB (`virNodeGetInfo`).
    pub(crate) fn host_memory_kib(&self) -> Answer<u64> {
        Ok(self.main.node_info()?.memory)
    }

    /// The number of the host's processors (`virNodeGetInfo`).
    pub(crate) fn host_cpus(&self) -> Answer<u32> {
        Ok(self.main.node_info()?.cpus)
    }

    /// The most processors of a guest of that type (`virConnectGetMaxVcpus`).
    pub(crate) fn most_vcpus(&self, kind: &str) -> Answer<u32> {
        Ok(self.main.max_vcpus(Some(kind))?)
    }

    /// Finds out where this leads. A host elsewhere is asked for its UUID.
    pub(super) fn find_identity(&self) -> Result<HostIdentity> {
        if let Some(local) = HostIdentity::of_local(&self.canonical)? {
            return Ok(local);
        }
        let capabilities = self
            .main
            .capabilities()
            .map_err(|error| self.failed(doing::IDENTIFY_HOST, error.into()))?;
        let uuid = xml::child_text(capabilities.as_bytes(), &["host", "uuid"])
            .and_then(|text| text.trim().parse().ok())
            .ok_or_else(|| Error::Unsupported(request::NO_HOST_UUID.with("uri", &self.uri)))?;
        Ok(HostIdentity::of_remote(&self.canonical, uuid))
    }
}
