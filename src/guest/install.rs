// SPDX-License-Identifier: GPL-3.0-or-later
//! An installer that is booted from a kernel: once, and then the disk.
//!
//! Such a guest is defined as it is to be for good: it boots its disk. What the installer needs is a
//! mark in its metadata. The first start by Oriel notes there that it was used, and then starts the
//! guest by another document, which has the kernel and ends the run at the installer's reboot.
//! Whatever fails, and whoever else starts the guest, boots the disk: an installer that came a second
//! time would write over the system. Nothing is changed in a definition without the mark.

use crate::driver::{Domain, Driver, Which};
use crate::model::doing;
use crate::model::error::{Error, Result};
use crate::xml::{Document, escape_attribute};

/// The mark's namespace.
const NAMESPACE: &str = "urn:org.oriel.Oriel:guest";

/// The mark, as it stands in the metadata.
const MARK: &[&str] = &["metadata", "oriel:installer"];

/// The mark's attribute that says whether the installer was booted.
const USED: &str = "used";

/// What the first start alone has, below `os`; the mark's attributes are called the same.
const KERNEL: [&str; 3] = ["kernel", "initrd", "cmdline"];

/// The metadata of a guest that is to boot its installer once.
///
/// # Errors
///
/// [`Error::Xml`] for a path or a command line that XML can't carry.
pub(super) fn metadata(kernel: &str, initrd: &str, cmdline: &str) -> Result<String> {
    Ok(format!(
        "  <metadata>\n    <oriel:installer xmlns:oriel='{NAMESPACE}' {USED}='no' kernel='{}' \
         initrd='{}' cmdline='{}'/>\n  </metadata>\n",
        escape_attribute(kernel)?,
        escape_attribute(initrd)?,
        escape_attribute(cmdline)?
    ))
}

/// A start that is to boot the installer.
#[derive(Debug)]
pub(super) struct Installing {
    /// The document to start by.
    pub document: String,
    /// The definition as it was, for a start that fails.
    before: String,
}

/// Notes that the installer is used, if this start is the one that boots it. Blocks.
pub(super) fn begin(driver: &Driver, domain: &Domain) -> Result<Option<Installing>> {
    // What is secret in a definition is not asked for before it is known to have an installer.
    let Ok(document) = domain.document(Which::NextStart) else {
        return Ok(None);
    };
    if domain.has_saved_state() || !is_fresh(&Document::parse(document.into_bytes())?)? {
        return Ok(None);
    }
    let failed = |failure| driver.failed(doing::DEFINE.named(domain.name()), failure);
    let before = domain.document(Which::ToDefine).map_err(failed)?;
    let (used, document) = documents(&before)?;
    driver.define(&used).map_err(failed)?;
    Ok(Some(Installing { document, before }))
}

/// Takes that back where the start failed: the next one boots the installer. Blocks.
pub(super) fn undo(driver: &Driver, installing: &Installing) {
    if let Err(failure) = driver.define(&installing.before) {
        tracing::warn!(%failure, "the installer counts as used, though it did not start");
    }
}

/// Whether a definition has an installer that was not booted yet.
fn is_fresh(document: &Document) -> Result<bool> {
    let is = |name: &str, value: &str| -> Result<bool> {
        Ok(document.attribute(MARK, name)?.as_deref() == Some(value))
    };
    Ok(is("xmlns:oriel", NAMESPACE)? && is(USED, "no")?)
}

/// The definition once the installer is used, and the document that boots it.
fn documents(before: &str) -> Result<(String, String)> {
    let mut used = Document::parse(before.as_bytes().to_vec())?;
    used.set_attribute(MARK, USED, "yes")?;
    let mut installing = used.clone();
    for name in KERNEL {
        let value = installing.attribute(MARK, name)?.unwrap_or_default();
        if !value.is_empty() {
            installing.set_element_text(&["os", name], &value)?;
        }
    }
    installing.set_element_text(&["on_reboot"], "destroy")?;
    let text = |document: Document| {
        let text = String::from_utf8(document.into_bytes());
        text.map_err(|error| Error::Internal(error.to_string()))
    };
    Ok((text(used)?, text(installing)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(metadata: &str) -> String {
        format!(
            "<domain type='qemu'>\n  <name>a</name>\n{metadata}  <os>\n    \
             <type>hvm</type>\n    <boot dev='hd'/>\n  </os>\n  \
             <on_reboot>restart</on_reboot>\n</domain>\n"
        )
    }

    fn is_fresh(text: &str) -> bool {
        super::is_fresh(&Document::parse(text.as_bytes().to_vec()).unwrap()).unwrap()
    }

    #[test]
    fn the_installer_is_booted_once_and_then_the_disk() {
        let before = guest(&metadata("/a b/linux", "/i&d", "quiet 'x'").unwrap());
        assert!(is_fresh(&before));
        let (used, installing) = documents(&before).unwrap();
        assert!(!is_fresh(&used), "{used}");
        assert!(!used.contains("<kernel>"), "{used}");
        assert!(used.contains("<on_reboot>restart</on_reboot>"), "{used}");
        for part in [
            "<kernel>/a b/linux</kernel>",
            "<initrd>/i&amp;d</initrd>",
            "<cmdline>quiet 'x'</cmdline>",
            "<on_reboot>destroy</on_reboot>",
        ] {
            assert!(installing.contains(part), "{part}: {installing}");
        }
    }

    #[test]
    fn another_mark_boots_nothing() {
        for metadata in [
            "",
            "  <metadata><oriel:installer xmlns:oriel='urn:x' used='no' kernel='/k'/></metadata>\n",
        ] {
            assert!(!is_fresh(&guest(metadata)), "{metadata}");
        }
    }
}
