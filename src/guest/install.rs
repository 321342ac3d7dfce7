// SPDX-License-Identifier: GPL-3.0-or-later
//! An installer that is booted from a kernel: once, and then the disk.
//!
//! Such a guest is defined with the kernel, a mark in its metadata, and the end of the run at the
//! installer's reboot. Once it has been started, its definition loses all three: from then on it
//! boots its disk. Nothing is changed in a definition without the mark.

use crate::driver::{Domain, Driver, Which};
use crate::model::doing;
use crate::model::error::{Error, Result};
use crate::xml::Document;

/// The mark's namespace.
const NAMESPACE: &str = "urn:org.oriel.Oriel:guest";

/// The mark, as it stands in the metadata.
const MARK: &[&str] = &["metadata", "oriel:installing"];

/// What the first start alone has, below `os`.
const KERNEL: [&str; 3] = ["kernel", "initrd", "cmdline"];

/// The metadata of a guest that is to boot its installer once.
pub(crate) fn metadata() -> String {
    format!("  <metadata>\n    <oriel:installing xmlns:oriel='{NAMESPACE}'/>\n  </metadata>\n")
}

/// Has a guest that was started boot its disk from the next start on, if this start was that of its
/// installer. A failure leaves the installer to the next start as well. Blocks.
pub(super) fn was_started(driver: &Driver, domain: &Domain) {
    // It may be gone again already, and most are no installers: what is secret in the definition
    // is not asked for before that is known.
    let Ok(document) = domain.document(Which::NextStart) else {
        return;
    };
    if !matches!(installed(document), Ok(Some(_))) {
        return;
    }
    if let Err(error) = boot_the_disk(driver, domain) {
        tracing::warn!(%error, "the next start boots the installer again");
    }
}

fn boot_the_disk(driver: &Driver, domain: &Domain) -> Result<()> {
    let failed = |failure| driver.failed(doing::DEFINE.named(domain.name()), failure);
    let document = domain.document(Which::ToDefine).map_err(failed)?;
    if let Some(installed) = installed(document)? {
        driver.define(&installed).map_err(failed)?;
    }
    Ok(())
}

/// The definition for all starts after the installer's; none where that is what it is.
fn installed(document: String) -> Result<Option<String>> {
    let mut document = Document::parse(document.into_bytes())?;
    if document.attribute(MARK, "xmlns:oriel")?.as_deref() != Some(NAMESPACE) {
        return Ok(None);
    }
    document.remove_element(MARK)?;
    for name in KERNEL {
        document.remove_element(&["os", name])?;
    }
    document.set_element_text(&["on_reboot"], "restart")?;
    let document = String::from_utf8(document.into_bytes());
    document
        .map(Some)
        .map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(metadata: &str) -> String {
        format!(
            "<domain type='qemu'>\n  <name>a</name>\n{metadata}  <os>\n    \
             <type>hvm</type>\n    <kernel>/k</kernel>\n    <initrd>/i</initrd>\n    \
             <cmdline>quiet</cmdline>\n    <boot dev='hd'/>\n  </os>\n  \
             <on_reboot>destroy</on_reboot>\n</domain>\n"
        )
    }

    #[test]
    fn after_the_installer_the_disk_is_booted() {
        let after = installed(guest(&metadata())).unwrap().unwrap();
        assert_eq!(
            after,
            "<domain type='qemu'>\n  <name>a</name>\n  <os>\n    <type>hvm</type>\n    \
             <boot dev='hd'/>\n  </os>\n  <on_reboot>restart</on_reboot>\n</domain>\n"
        );
        assert_eq!(installed(after).unwrap(), None);
    }

    #[test]
    fn a_kernel_that_is_to_stay_stays() {
        for metadata in [
            "",
            "  <metadata>\n    <oriel:installing xmlns:oriel='urn:another'/>\n  </metadata>\n",
        ] {
            assert_eq!(installed(guest(metadata)).unwrap(), None, "{metadata}");
        }
    }
}
