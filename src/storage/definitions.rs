// SPDX-License-Identifier: GPL-3.0-or-later
//! What a guest's definitions say of images: its documents, and where the images lie.
//!
//! All functions block.

use virt::domain::Domain;
use virt::sys;

use crate::connection::Handles;
use crate::error::{Error, Result};
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
pub(crate) fn documents_of(domain: &Domain) -> std::result::Result<Documents, libvirt_ext::Error> {
    let mut plain = vec![domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE)?];
    if domain.is_active()? {
        plain.push(domain.xml_desc(0)?);
    }
    let snapshots = match domain.list_all_snapshots(0) {
        Ok(snapshots) => snapshots
            .iter()
            .map(|snapshot| snapshot.xml_desc(0))
            .collect::<std::result::Result<_, _>>()?,
        Err(error) => {
            let error = libvirt_ext::Error::from(error);
            if !error.is_unsupported() {
                return Err(error);
            }
            Vec::new()
        }
    };
    Ok(Documents { plain, snapshots })
}

/// The path of an image that a document names; `None` for one that is no file of the host's.
pub(crate) fn path_of(
    handles: &Handles,
    source: &DiskSource,
    user: &str,
) -> Result<Option<String>> {
    match source {
        DiskSource::File(path) | DiskSource::Block(path) => Ok(Some(path.clone())),
        DiskSource::Volume { pool, volume } => {
            let found = handles
                .main
                .lookup_storage_pool_by_name(pool)
                .and_then(|pool| pool.lookup_storage_vol_by_name(volume))
                .and_then(|volume| volume.path());
            match found {
                Ok(path) => Ok(Some(path)),
                Err(error) => {
                    let error = libvirt_ext::Error::from(error);
                    // A disk that is not there is nobody's.
                    if error.number() == Some(virt::error::ErrorNumber::NoStorageVolume) {
                        return Ok(None);
                    }
                    let what = format!("the disk {volume} in the pool {pool} of {user}");
                    Err(unknown(&what, &error))
                }
            }
        }
        DiskSource::Directory(_) | DiskSource::Network { .. } | DiskSource::Other(_) => Ok(None),
    }
}

pub(super) fn unknown(what: &str, error: &libvirt_ext::Error) -> Error {
    Error::UseUnknown {
        what: what.to_owned(),
        why: error.to_string(),
    }
}
