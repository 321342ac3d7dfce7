// SPDX-License-Identifier: GPL-3.0-or-later
//! The changes that Oriel makes to a domain's document.

use super::{Document, Setting, XmlError};

/// How much memory the host may give a guest, as a document says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryLimit {
    /// At most so many KiB (libvirt takes [`super::UNLIMITED_KIB`] and more as no limit).
    KiB(u64),
    /// No limit.
    Unlimited,
}

/// Settings to change in a domain's document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainEdit(Vec<(Setting, Option<u64>)>);

impl DomainEdit {
    /// The same, with another setting changed; `None` takes it away. Ranges are the host's and not
    /// checked here.
    #[must_use]
    pub fn set(mut self, setting: Setting, value: Option<u64>) -> Self {
        self.0.push((setting, value));
        self
    }

    /// The document with the settings changed; the same bytes if libvirt reads those values
    /// from it already.
    ///
    /// # Errors
    ///
    /// See [`Document::parse`].
    pub fn apply(&self, xml: impl Into<Vec<u8>>) -> Result<Vec<u8>, XmlError> {
        let mut document = Document::parse(xml.into())?;
        for (setting, value) in &self.0 {
            setting.write(&mut document, *value)?;
        }
        Ok(document.into_bytes())
    }
}
