// SPDX-License-Identifier: GPL-3.0-or-later
//! The changes that Oriel makes to a domain's document.
//!
//! Owns which element holds which setting, and when a setting already has its value as
//! libvirt reads it. The splicing is [`Document`]'s.

use super::memory::{kibibytes, number};
use super::{Document, XmlError};

const SHARES: &[&str] = &["cputune", "shares"];
const HARD_LIMIT: &[&str] = &["memtune", "hard_limit"];

/// How much memory the host may give a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryLimit {
    /// At most so many KiB (libvirt takes [`super::UNLIMITED_KIB`] and more as no limit).
    KiB(u64),
    /// No limit: the element is removed, and `<memtune>` with it if nothing else is in it, so
    /// that setting a limit and taking it back gives the document as it was.
    Unlimited,
}

/// Settings to change in a domain's document; what is `None` stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DomainEdit {
    /// `cputune/shares`: the weight against other guests. Ranges are the host's
    /// ([`crate::cgroup::CgroupVersion::cpu_shares`]) and not checked here.
    pub cpu_shares: Option<u64>,
    /// `memtune/hard_limit`.
    pub memory_hard_limit: Option<MemoryLimit>,
}

impl DomainEdit {
    /// The document with the settings changed; the same bytes if libvirt reads those values
    /// from it already.
    ///
    /// # Errors
    ///
    /// See [`Document::parse`].
    pub fn apply(&self, xml: impl Into<Vec<u8>>) -> Result<Vec<u8>, XmlError> {
        let mut document = Document::parse(xml.into())?;
        if let Some(shares) = self.cpu_shares {
            set_shares(&mut document, shares)?;
        }
        match self.memory_hard_limit {
            Some(MemoryLimit::KiB(limit)) => set_limit(&mut document, limit)?,
            Some(MemoryLimit::Unlimited) => {
                document.remove_element(HARD_LIMIT)?;
            }
            None => {}
        }
        Ok(document.into_bytes())
    }
}

fn set_shares(document: &mut Document, shares: u64) -> Result<(), XmlError> {
    let present = document.element_text(SHARES)?;
    if present.as_deref().and_then(number) != Some(shares) {
        document.set_element_text(SHARES, &shares.to_string())?;
    }
    Ok(())
}

fn set_limit(document: &mut Document, limit: u64) -> Result<(), XmlError> {
    let value = limit.to_string();
    let Some(present) = document.element_text(HARD_LIMIT)? else {
        document.set_element(HARD_LIMIT, &value, &[("unit", "KiB")])?;
        return Ok(());
    };
    let unit = document.attribute(HARD_LIMIT, "unit")?;
    if kibibytes(&present, unit.as_deref()) == Some(limit) {
        return Ok(());
    }
    // Without a unit libvirt reads KiB, so that none need be added.
    let in_kib = kibibytes("1", unit.as_deref()) == Some(1)
        && kibibytes("1024", unit.as_deref()) == Some(1024);
    if in_kib {
        document.set_element_text(HARD_LIMIT, &value)?;
    } else {
        document.set_element(HARD_LIMIT, &value, &[("unit", "KiB")])?;
    }
    Ok(())
}
