// SPDX-License-Identifier: GPL-3.0-or-later
//! Which secrets a domain's document names.
//!
//! Owns the reading of `<encryption>` and `<auth>`. Starting a guest must find every secret
//! that its images need, with the right usage type, or the start fails.

use uuid::Uuid;

use super::cursor::{Child, Cursor};
use crate::xml::XmlError;

/// How a document names a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SecretName {
    /// By the secret's UUID.
    Uuid(Uuid),
    /// By its usage: a volume's path, or a name of free choice, as the usage type has it.
    Usage(String),
}

/// What a secret is for (libvirt's `virSecretUsageType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretUsageType {
    /// The passphrase of an encrypted image.
    Volume,
    /// The passphrase of a software TPM's state.
    Vtpm,
    /// The password of an iSCSI target.
    Iscsi,
    /// The key of a Ceph user.
    Ceph,
    /// The passphrase of a TLS key (no domain document names it; qemu.conf does).
    Tls,
}

impl SecretUsageType {
    /// The type's name in a secret's document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Vtpm => "vtpm",
            Self::Iscsi => "iscsi",
            Self::Ceph => "ceph",
            Self::Tls => "tls",
        }
    }
}

/// A secret that a document names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretReference {
    /// The secret.
    pub by: SecretName,
    /// What it must be for.
    pub usage_type: SecretUsageType,
    /// Where it stands, for people: "disk vda", "disk vda, backing image 1", "TPM".
    pub place: String,
}

/// Adds the secrets of an `<encryption>` of an image.
pub(super) fn encryption<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    place: &str,
    found: &mut Vec<SecretReference>,
) -> Result<(), XmlError> {
    cursor.each(element, |cursor, child| {
        if child.name == "secret" {
            found.extend(reference(child, SecretUsageType::Volume, place)?);
        }
        cursor.skip(child)
    })
}

/// Adds the secret of an `<auth>` of network storage.
pub(super) fn auth<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    place: &str,
    found: &mut Vec<SecretReference>,
) -> Result<(), XmlError> {
    cursor.each(element, |cursor, child| {
        if child.name == "secret" {
            let kind = child.attribute("type").unwrap_or_default();
            let usage_type = match &*kind {
                "ceph" => SecretUsageType::Ceph,
                "iscsi" => SecretUsageType::Iscsi,
                _ => return Err(value(format!("the secret type of {place}"), kind)),
            };
            let place = format!("{place}, login");
            found.extend(reference(child, usage_type, &place)?);
        }
        cursor.skip(child)
    })
}

/// Adds the secret of a TPM's `<encryption secret='UUID'/>`. Gives whether the TPM is emulated,
/// and so has a state.
pub(super) fn tpm<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    found: &mut Vec<SecretReference>,
) -> Result<bool, XmlError> {
    let mut emulated = false;
    cursor.each(element, |cursor, backend| {
        if backend.name != "backend" {
            return cursor.skip(backend);
        }
        emulated |= backend.attribute("type").as_deref() == Some("emulator");
        cursor.each(backend, |cursor, child| {
            if child.name == "encryption"
                && let Some(uuid) = child.attribute("secret")
            {
                found.push(SecretReference {
                    by: SecretName::Uuid(parse_uuid(uuid, "TPM")?),
                    usage_type: SecretUsageType::Vtpm,
                    place: "TPM".to_owned(),
                });
            }
            cursor.skip(child)
        })
    })?;
    Ok(emulated)
}

/// The secret that a `<secret uuid|usage>` names; libvirt lets the UUID win.
fn reference(
    secret: &Child<'_>,
    usage_type: SecretUsageType,
    place: &str,
) -> Result<Option<SecretReference>, XmlError> {
    let by = if let Some(uuid) = secret.attribute("uuid") {
        Some(SecretName::Uuid(parse_uuid(uuid, place)?))
    } else {
        secret.attribute("usage").map(SecretName::Usage)
    };
    Ok(by.map(|by| SecretReference {
        by,
        usage_type,
        place: place.to_owned(),
    }))
}

fn parse_uuid(uuid: String, place: &str) -> Result<Uuid, XmlError> {
    Uuid::parse_str(uuid.trim()).map_err(|_| value(format!("the secret UUID of {place}"), uuid))
}

fn value(place: String, value: String) -> XmlError {
    XmlError::Value { place, value }
}
