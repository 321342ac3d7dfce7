// SPDX-License-Identifier: GPL-3.0-or-later
//! What a guest's definitions say of images: its documents, and where the images lie.
//!
//! All functions block.

use crate::driver::{Answer, Domain, Driver, Which};
use crate::message::Message;
use crate::model::error::failure::{Failure, Reason, unless_absent};
use crate::model::error::{Error, Result, StorageError, storage};
use crate::xml::summary::DiskSource;
use crate::xml::{DomainSummary, XmlError};

/// All that libvirt keeps of a guest's definition.
pub(crate) struct Documents {
    pub plain: Vec<String>,
    pub snapshots: Vec<String>,
}

impl Documents {
    /// What they say.
    ///
    /// # Errors
    /// As [`DomainSummary::parse`].
    pub(crate) fn summaries(&self) -> std::result::Result<Vec<DomainSummary>, XmlError> {
        let mut all = Vec::new();
        for document in &self.plain {
            all.push(DomainSummary::parse(document.as_bytes())?);
        }
        for document in &self.snapshots {
            all.extend(DomainSummary::all_within(
                document.as_bytes(),
                "domainsnapshot",
            )?);
        }
        Ok(all)
    }
}

/// Reads a guest's documents: as it is, as it starts next, and as its snapshots keep it.
pub(crate) fn documents_of(domain: &Domain) -> Answer<Documents> {
    let mut plain = vec![domain.document(Which::NextStart)?];
    if domain.is_active()? {
        plain.push(domain.document(Which::Now)?);
    }
    Ok(Documents {
        plain,
        snapshots: domain.snapshots()?,
    })
}

/// The path of an image that a document names; `None` for one that is no file of the host's.
pub(crate) fn path_of(
    driver: &Driver,
    source: &DiskSource,
    user: &Message,
) -> Result<Option<String>> {
    match source {
        DiskSource::File(path) | DiskSource::Block(path) => Ok(Some(path.clone())),
        DiskSource::Volume { pool, volume } => {
            let what = || {
                storage::DISK_OF
                    .with("volume", volume)
                    .with("pool", pool)
                    .with("user", user)
            };
            let fail = |failure| unknown(what(), &failure);
            let Some(found) = driver.pool_by_name(pool).map_err(fail)? else {
                return Err(Error::Storage(StorageError::UseUnknown {
                    what: what(),
                    why: storage::POOL_ABSENT.into(),
                }));
            };
            // A disk that is not there is nobody's.
            let Some(found) = found.volume(volume).map_err(fail)? else {
                return Ok(None);
            };
            unless_absent(found.path(), Reason::NoVolume).map_err(fail)
        }
        DiskSource::Directory(_) | DiskSource::Network { .. } | DiskSource::Other(_) => Ok(None),
    }
}

pub(super) fn unknown(what: impl Into<Message>, failure: &Failure) -> Error {
    Error::Storage(StorageError::UseUnknown {
        what: what.into(),
        why: storage::LIBVIRT_SAYS.with("words", failure.to_string()),
    })
}
