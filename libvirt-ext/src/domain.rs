// SPDX-License-Identifier: GPL-3.0-or-later
//! Calls for one guest that the binding lacks, or in which it panics: the document of a managed
//! save, and the limits on CPU and memory as typed parameters.
//!
//! `flags` are `virDomainModificationImpact`: 0 as it is now, 1 the running guest, 2 its
//! configuration.

use std::ffi::c_int;

use virt::domain::Domain;
use virt_sys as sys;

use crate::error::Error;
use crate::ffi::{self, check};
use crate::params::{ParamList, ParamRoom, ParamValue};

/// The document inside a guest's managed save image (`virDomainManagedSaveGetXMLDesc`);
/// `secure` with its passwords, which a read-only connection refuses.
///
/// # Errors
///
/// There is no managed save image, or the driver has none.
pub fn managed_save_xml(dom: &Domain, secure: bool) -> Result<String, Error> {
    let flags = if secure {
        sys::VIR_DOMAIN_SAVE_IMAGE_XML_SECURE
    } else {
        0
    };
    // SAFETY: the handle is valid; the text is ours to free.
    unsafe { ffi::take(sys::virDomainManagedSaveGetXMLDesc(dom.as_ptr(), flags)) }
        .ok_or_else(Error::last)
}

/// The limits on CPU, such as `cpu_shares` (`virDomainGetSchedulerParametersFlags`).
///
/// # Errors
///
/// The guest is gone, is off where `flags` ask for it running, or the driver has no limits.
pub fn scheduler_parameters(dom: &Domain, flags: u32) -> Result<Vec<(String, ParamValue)>, Error> {
    let mut count: c_int = 0;
    // SAFETY: the handle is valid; the name of the scheduler is ours to free.
    unsafe { ffi::take(sys::virDomainGetSchedulerType(dom.as_ptr(), &raw mut count)) }
        .ok_or_else(Error::last)?;
    let mut room = ParamRoom::new(count)?;
    let (ptr, params) = (room.as_mut_ptr(), &raw mut count);
    // The test driver refuses the newer call whatever its flags are.
    // SAFETY: the handle is valid, and there is room for `count` parameters.
    check(unsafe {
        if flags == 0 {
            sys::virDomainGetSchedulerParameters(dom.as_ptr(), ptr, params)
        } else {
            sys::virDomainGetSchedulerParametersFlags(dom.as_ptr(), ptr, params, flags)
        }
    })?;
    Ok(room.values(count))
}

/// The limits on memory in KiB, such as `hard_limit` (`virDomainGetMemoryParameters`).
///
/// # Errors
///
/// The guest is gone, is off where `flags` ask for it running, or the driver has no limits.
pub fn memory_parameters(dom: &Domain, flags: u32) -> Result<Vec<(String, ParamValue)>, Error> {
    let mut count: c_int = 0;
    // SAFETY: the handle is valid; without room, the call only tells the count.
    check(unsafe {
        sys::virDomainGetMemoryParameters(dom.as_ptr(), std::ptr::null_mut(), &raw mut count, flags)
    })?;
    let mut room = ParamRoom::new(count)?;
    // SAFETY: the handle is valid, and there is room for `count` parameters.
    check(unsafe {
        sys::virDomainGetMemoryParameters(dom.as_ptr(), room.as_mut_ptr(), &raw mut count, flags)
    })?;
    Ok(room.values(count))
}

/// Sets one limit on CPU (`virDomainSetSchedulerParametersFlags`). The driver insists on the
/// right type: `cpu_shares` is [`ParamValue::ULLong`].
///
/// # Errors
///
/// The guest is gone, the name, type or value is refused, or the connection is read-only.
pub fn set_scheduler_parameter(
    dom: &Domain,
    name: &str,
    value: &ParamValue,
    flags: u32,
) -> Result<(), Error> {
    let mut list = ParamList::single(name, value)?;
    let (params, count) = list.as_raw();
    // SAFETY: the handle is valid, and the list lives until the call returns.
    check(unsafe {
        sys::virDomainSetSchedulerParametersFlags(dom.as_ptr(), params, count, flags)
    })?;
    Ok(())
}

/// Sets one limit on memory in KiB (`virDomainSetMemoryParameters`), as
/// [`set_scheduler_parameter`]; all of them are [`ParamValue::ULLong`].
///
/// # Errors
///
/// The guest is gone, the name, type or value is refused, or the connection is read-only.
pub fn set_memory_parameter(
    dom: &Domain,
    name: &str,
    value: &ParamValue,
    flags: u32,
) -> Result<(), Error> {
    let mut list = ParamList::single(name, value)?;
    let (params, count) = list.as_raw();
    // SAFETY: the handle is valid, and the list lives until the call returns.
    check(unsafe { sys::virDomainSetMemoryParameters(dom.as_ptr(), params, count, flags) })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use virt::connect::Connect;

    fn guest() -> (Connect, Domain) {
        crate::initialize().unwrap();
        let conn = Connect::open(Some("test:///default")).unwrap();
        let dom = conn.lookup_domain_by_name("test").unwrap();
        (conn, dom)
    }

    #[test]
    fn limits_are_read_and_written_with_their_types() {
        let (_conn, dom) = guest();
        let cpu = scheduler_parameters(&dom, 0).unwrap();
        assert_eq!(cpu, vec![("weight".to_owned(), ParamValue::UInt(50))]);
        set_memory_parameter(&dom, "hard_limit", &ParamValue::ULLong(123_456), 2).unwrap();
        let memory = memory_parameters(&dom, 2).unwrap();
        assert!(
            memory.contains(&("hard_limit".to_owned(), ParamValue::ULLong(123_456))),
            "{memory:?}"
        );
    }

    #[test]
    fn a_wrong_type_or_name_is_an_error() {
        let (_conn, dom) = guest();
        let wrong = ParamValue::Str("much".into());
        assert!(set_memory_parameter(&dom, "hard_limit", &wrong, 2).is_err());
        assert!(set_scheduler_parameter(&dom, "no such", &ParamValue::UInt(1), 0).is_err());
        let long = "n".repeat(200);
        assert!(set_scheduler_parameter(&dom, &long, &ParamValue::UInt(1), 0).is_err());
    }

    #[test]
    fn without_a_saved_image_there_is_no_document() {
        let (_conn, dom) = guest();
        assert!(managed_save_xml(&dom, true).is_err());
    }
}
