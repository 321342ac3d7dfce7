// SPDX-License-Identifier: GPL-3.0-or-later
//! The call that starts a guest, with the one way round that hosts without all rights need.

use libvirt_ext::ParamValue;
use virt::domain::Domain;
use virt::sys;

use crate::connection::Handles;
use crate::error::{Error, Result};
use crate::tuning;
use crate::xml::{DomainEdit, DomainSummary, MemoryLimit};

/// Starts a defined guest (`virDomainCreate`). Blocks.
///
/// For a guest with a memory limit libvirt also raises the limit of *locked* memory to it, which a
/// daemon without `CAP_SYS_RESOURCE` (in a container, say) may not do: then the guest is started
/// without the limit, and gets it at once when it runs. Its definition keeps the limit.
pub(super) fn start(handles: &Handles, domain: &Domain) -> Result<()> {
    let refused = match domain.create() {
        Ok(()) => return Ok(()),
        Err(error) => libvirt_ext::Error::from(error),
    };
    let failed = |error| {
        let name = domain.name().unwrap_or_default();
        handles.failed(format!("start “{name}”"), error)
    };
    let saved = domain.has_managed_save(0).unwrap_or(false);
    if saved || !refused.to_string().contains("cannot limit locked memory") {
        return Err(failed(refused));
    }
    let xml = domain
        .xml_desc(sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE)
        .map_err(|error| failed(error.into()))?;
    let Some(limit) = tuning::limit_kib(&DomainSummary::parse(xml.as_bytes())?) else {
        return Err(failed(refused));
    };
    let edit = DomainEdit {
        memory_hard_limit: Some(MemoryLimit::Unlimited),
        ..DomainEdit::default()
    };
    let without =
        String::from_utf8(edit.apply(xml)?).map_err(|error| Error::Internal(error.to_string()))?;
    tracing::info!("the host may not lock memory; the limit is set once the guest runs");
    let running = handles
        .main
        .create_domain_xml(&without, 0)
        .map_err(|error| failed(error.into()))?;
    let set = libvirt_ext::domain::set_memory_parameter(
        &running,
        "hard_limit",
        &ParamValue::ULLong(limit),
        sys::VIR_DOMAIN_AFFECT_LIVE,
    );
    set.map_err(|error| {
        // A guest without the limit that its owner wants must not go on running.
        let _ = running.destroy();
        failed(error)
    })
}
