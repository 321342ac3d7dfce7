// SPDX-License-Identifier: GPL-3.0-or-later
//! The variables of a guest's UEFI firmware: what it boots, and which keys it trusts.
//!
//! libvirt keeps them in a file that it names after the guest. Until 9.1 the definition does not
//! say so: under another name the guest would start with new variables, and the old ones would be
//! left behind. So the definition is made to name the file before the guest gets another name.

use std::path::PathBuf;

use crate::address::Account;
use crate::driver::{Domain, Driver, Which};
use crate::model::doing;
use crate::model::error::{Error, Result, request};
use crate::xml::{Document, DomainSummary};

/// Where libvirt's system daemon keeps firmware variables of QEMU's guests.
const SYSTEM_FOLDER: &str = "/var/lib/libvirt/qemu/nvram";

/// Makes a guest's definition name the file of its firmware's variables. One without UEFI, or that
/// names it already, stays as it is. Blocks.
///
/// # Errors
/// [`Error::Unsupported`] where the file's place can't be told, [`Error::Libvirt`].
pub(super) fn keep_variables(driver: &Driver, domain: &Domain) -> Result<()> {
    let document = domain
        .document(Which::ToDefine)
        .map_err(|failure| driver.failed(doing::READ_GUEST, failure))?;
    let summary = DomainSummary::parse(document.as_bytes())?;
    if summary.firmware_variables != Some(None) {
        return Ok(());
    }
    let file = folder(driver)?.join(format!("{}_VARS.fd", summary.name));
    let mut document = Document::parse(document.into_bytes())?;
    document.set_element_text(&["os", "nvram"], &file.to_string_lossy())?;
    let text = String::from_utf8(document.into_bytes())
        .map_err(|error| Error::Internal(error.to_string()))?;
    driver
        .define(&text)
        .map(drop)
        .map_err(|failure| driver.failed(doing::NOTE_VARIABLES, failure))
}

/// The folder in which libvirt makes up a file for variables (qemuDomainNVRAMPathFormat).
fn folder(driver: &Driver) -> Result<PathBuf> {
    let refuse = || Error::Unsupported(request::RENAME_VARIABLES.into());
    if driver.site.account == Account::System {
        return Ok(SYSTEM_FOLDER.into());
    }
    if !driver.site.is_own_session() {
        return Err(refuse());
    }
    let folder = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")))
        .ok_or_else(refuse)?;
    Ok(folder.join("libvirt/qemu/nvram"))
}
