// SPDX-License-Identifier: GPL-3.0-or-later
//! Storage pools and volumes.

use uuid::Uuid;
use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;
use virt::sys;

use super::{Answer, Driver};
use crate::model::error::failure::{Reason, unless_absent};

/// A storage pool, as libvirt has it or had it a moment ago.
#[derive(Clone, Debug)]
pub(crate) struct Pool(StoragePool);

/// A volume, as libvirt has it or had it a moment ago.
#[derive(Clone, Debug)]
pub(crate) struct Volume(StorageVol);

/// Which pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PoolKinds {
    /// All.
    All,
    /// Those that run and are a folder.
    RunningFolders,
    /// Those that run and keep disks as files.
    RunningFiles,
}

impl Driver {
    /// The pools of that kind.
    pub(crate) fn pools(&self, kinds: PoolKinds) -> Answer<Vec<Pool>> {
        let folders =
            sys::VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE | sys::VIR_CONNECT_LIST_STORAGE_POOLS_DIR;
        let flags = match kinds {
            PoolKinds::All => 0,
            PoolKinds::RunningFolders => folders,
            PoolKinds::RunningFiles => {
                folders
                    | sys::VIR_CONNECT_LIST_STORAGE_POOLS_FS
                    | sys::VIR_CONNECT_LIST_STORAGE_POOLS_NETFS
            }
        };
        let all = self.main.list_all_storage_pools(flags)?;
        Ok(all.into_iter().map(Pool).collect())
    }

    /// The pool of that name.
    pub(crate) fn pool_by_name(&self, name: &str) -> Answer<Option<Pool>> {
        let found = self.main.lookup_storage_pool_by_name(name);
        unless_absent(found.map(Pool).map_err(Into::into), Reason::NoPool)
    }

    /// The pool of that UUID.
    pub(crate) fn pool(&self, uuid: Uuid) -> Answer<Option<Pool>> {
        let found = self.main.lookup_storage_pool_by_uuid(uuid);
        unless_absent(found.map(Pool).map_err(Into::into), Reason::NoPool)
    }

    /// The volume at that path, in whatever pool.
    pub(crate) fn volume_at(&self, path: &str) -> Answer<Option<Volume>> {
        let found = self.main.lookup_storage_vol_by_path(path);
        unless_absent(found.map(Volume).map_err(Into::into), Reason::NoVolume)
    }

    /// Defines a pool.
    pub(crate) fn define_pool(&self, document: &str) -> Answer<Pool> {
        Ok(Pool(self.main.define_storage_pool_xml(document, 0)?))
    }
}

impl Pool {
    /// Its name.
    pub(crate) fn name(&self) -> Answer<String> {
        Ok(self.0.name()?)
    }

    /// Its UUID.
    pub(crate) fn uuid(&self) -> Answer<Uuid> {
        Ok(self.0.uuid()?)
    }

    /// Whether it runs.
    pub(crate) fn is_active(&self) -> Answer<bool> {
        Ok(self.0.is_active()?)
    }

    /// Its document.
    pub(crate) fn document(&self) -> Answer<String> {
        Ok(self.0.xml_desc(0)?)
    }

    /// Has libvirt look at what is in it.
    pub(crate) fn refresh(&self) -> Answer<()> {
        Ok(self.0.refresh(0).map(drop)?)
    }

    /// Its free bytes.
    pub(crate) fn free_bytes(&self) -> Answer<u64> {
        Ok(self.0.info()?.available)
    }

    /// Makes its folder and starts it.
    pub(crate) fn build_and_start(&self) -> Answer<()> {
        self.0.build(0)?;
        Ok(self.0.create(0)?)
    }

    /// Has it started with its host.
    pub(crate) fn start_with_host(&self) -> Answer<()> {
        Ok(self.0.set_autostart(true).map(drop)?)
    }

    /// Stops it; its volumes stay (`virStoragePoolDestroy`).
    pub(crate) fn stop(&self) -> Answer<()> {
        Ok(self.0.destroy()?)
    }

    /// Removes its folder, if that is empty (`virStoragePoolDelete`).
    pub(crate) fn delete_folder(&self) -> Answer<()> {
        Ok(self.0.delete(0)?)
    }

    /// Removes its definition; its volumes stay.
    pub(crate) fn undefine(&self) -> Answer<()> {
        Ok(self.0.undefine()?)
    }

    /// All its volumes.
    pub(crate) fn volumes(&self) -> Answer<Vec<Volume>> {
        let all = self.0.list_all_volumes(0)?;
        Ok(all.into_iter().map(Volume).collect())
    }

    /// The volume of that name.
    pub(crate) fn volume(&self, name: &str) -> Answer<Option<Volume>> {
        let found = self.0.lookup_storage_vol_by_name(name);
        unless_absent(found.map(Volume).map_err(Into::into), Reason::NoVolume)
    }

    /// Makes a volume.
    pub(crate) fn make_volume(&self, document: &str) -> Answer<Volume> {
        Ok(Volume(StorageVol::create_xml(&self.0, document, 0)?))
    }
}

impl Volume {
    /// Its name; empty if libvirt does not tell it.
    pub(crate) fn name(&self) -> String {
        self.0.name().unwrap_or_default()
    }

    /// Its path.
    pub(crate) fn path(&self) -> Answer<String> {
        Ok(self.0.path()?)
    }

    /// Its document.
    pub(crate) fn document(&self) -> Answer<String> {
        Ok(self.0.xml_desc(0)?)
    }

    /// Deletes it.
    pub(crate) fn delete(&self) -> Answer<()> {
        Ok(self.0.delete(0)?)
    }
}
