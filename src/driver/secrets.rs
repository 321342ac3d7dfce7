// SPDX-License-Identifier: GPL-3.0-or-later
//! libvirt's secrets.

use uuid::Uuid;
use virt::sys;

use super::{Answer, Driver};
use crate::model::error::failure::{Failure, Reason, unless_absent};
use crate::model::passphrase::Passphrase;
use crate::xml::summary::SecretUsageType;

/// A secret that libvirt has, or had a moment ago.
#[derive(Clone, Debug)]
pub(crate) struct Secret(virt::secret::Secret);

impl Driver {
    /// The secret of that UUID.
    pub(crate) fn secret(&self, uuid: Uuid) -> Answer<Option<Secret>> {
        let found = self.secrets.lookup_secret_by_uuid(uuid);
        unless_absent(found.map(Secret).map_err(Into::into), Reason::NoSecret)
    }

    /// The secret of that usage.
    pub(crate) fn secret_by_usage(
        &self,
        usage: SecretUsageType,
        id: &str,
    ) -> Answer<Option<Secret>> {
        // virSecretUsageType
        let number = match usage {
            SecretUsageType::Volume => 1,
            SecretUsageType::Ceph => 2,
            SecretUsageType::Iscsi => 3,
            SecretUsageType::Tls => 4,
            SecretUsageType::Vtpm => 5,
        };
        let found = self.secrets.lookup_secret_by_usage(number, id);
        unless_absent(found.map(Secret).map_err(Into::into), Reason::NoSecret)
    }

    /// All secrets that libvirt keeps in memory alone; none where the driver has no secrets.
    pub(crate) fn ephemeral_secrets(&self) -> Answer<Vec<Secret>> {
        let flags = sys::VIR_CONNECT_LIST_SECRETS_EPHEMERAL;
        match self.secrets.list_all_secrets(flags).map_err(Failure::from) {
            Ok(all) => Ok(all.into_iter().map(Secret).collect()),
            Err(failure) if failure.is_unsupported() => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }

    /// Defines a secret.
    pub(crate) fn define_secret(&self, document: &str) -> Answer<Secret> {
        Ok(Secret(self.secrets.define_secret_xml(document, 0)?))
    }
}

impl Secret {
    /// Its UUID.
    pub(crate) fn uuid(&self) -> Answer<Uuid> {
        Ok(self.0.uuid()?)
    }

    /// Its document; `None` if it is gone.
    pub(crate) fn document(&self) -> Answer<Option<String>> {
        unless_absent(self.0.xml_desc(0).map_err(Into::into), Reason::NoSecret)
    }

    /// Sets its value (`virSecretSetValue`).
    pub(crate) fn set_value(&self, value: &Passphrase) -> Answer<()> {
        Ok(libvirt_ext::secret::set_value(&self.0, value.buffer())?)
    }

    /// Undefines it; false if it was gone.
    pub(crate) fn undefine(&self) -> Answer<bool> {
        let gone = self.0.undefine().map_err(Into::into);
        Ok(unless_absent(gone, Reason::NoSecret)?.is_some())
    }
}
