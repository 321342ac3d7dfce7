// SPDX-License-Identifier: GPL-3.0-or-later
//! Pools and volumes.

use std::process::Command;

use oriel_wire::procedure::{
    ConnectListAllStoragePools, Procedure, StoragePoolGetInfo, StoragePoolGetXmlDesc,
    StoragePoolIsActive, StoragePoolListAllVolumes, StoragePoolLookupByName,
    StoragePoolLookupByUuid, StoragePoolRefresh, StorageVolCreateXml, StorageVolDelete,
    StorageVolGetPath, StorageVolGetXmlDesc, StorageVolLookupByName, StorageVolLookupByPath,
};
use oriel_wire::types::{Pool, PoolInfo, Volume};
use oriel_wire::{RemoteError, code, origin};

use super::super::scene::PoolScene;
use super::super::stage::Stage;
use super::{Asked, Outcome, part};

type Answer<T> = Result<T, RemoteError>;

fn no_pool() -> RemoteError {
    RemoteError::new(code::NO_POOL, origin::STORAGE, "Storage pool not found")
}

fn no_volume() -> RemoteError {
    RemoteError::new(code::NO_VOLUME, origin::STORAGE, "Storage volume not found")
}

fn find(stage: &Stage, fits: impl Fn(&Pool) -> bool) -> Answer<PoolScene> {
    let found = stage.scene(|scene| scene.pools.iter().find(|it| fits(&it.pool)).cloned());
    found.ok_or_else(no_pool)
}

fn volume(stage: &Stage, fits: impl Fn(&Volume) -> bool) -> Answer<(Volume, String)> {
    let pools = stage.scene(|scene| scene.pools.clone());
    let mut all = pools.into_iter().flat_map(|pool| pool.volumes);
    all.find(|(volume, _)| fits(volume)).ok_or_else(no_volume)
}

pub(super) fn answer(asked: &Asked<'_>) -> Option<Outcome> {
    let stage = asked.stage;
    Some(match asked.call.procedure() {
        ConnectListAllStoragePools::NUMBER => asked.by::<ConnectListAllStoragePools>(|_| {
            let all = stage.scene(|scene| scene.pools.clone());
            let all: Vec<_> = all.into_iter().map(|one| one.pool).collect();
            let count = u32::try_from(all.len()).unwrap_or(0);
            Ok((all, count))
        }),
        StoragePoolLookupByName::NUMBER => asked.by::<StoragePoolLookupByName>(|name| {
            find(stage, |pool| pool.name == name).map(|one| one.pool)
        }),
        StoragePoolLookupByUuid::NUMBER => asked.by::<StoragePoolLookupByUuid>(|id| {
            find(stage, |pool| pool.uuid == id.0).map(|one| one.pool)
        }),
        StoragePoolIsActive::NUMBER => asked.by::<StoragePoolIsActive>(|pool| {
            find(stage, |it| *it == pool).map(|one| i32::from(one.active))
        }),
        StoragePoolGetXmlDesc::NUMBER => asked.by::<StoragePoolGetXmlDesc>(|(pool, _)| {
            find(stage, |it| *it == pool).map(|one| one.document)
        }),
        StoragePoolRefresh::NUMBER => {
            asked.by::<StoragePoolRefresh>(|(pool, _)| find(stage, |it| *it == pool).map(drop))
        }
        StoragePoolGetInfo::NUMBER => asked.by::<StoragePoolGetInfo>(|pool| {
            find(stage, |it| *it == pool).map(|_| PoolInfo {
                state: 2,
                capacity: 1 << 40,
                allocation: 1 << 30,
                available: (1 << 40) - (1 << 30),
            })
        }),
        _ => return volumes(asked),
    })
}

fn volumes(asked: &Asked<'_>) -> Option<Outcome> {
    let stage = asked.stage;
    Some(match asked.call.procedure() {
        StoragePoolListAllVolumes::NUMBER => {
            asked.by::<StoragePoolListAllVolumes>(|(pool, _, _)| {
                let all = find(stage, |it| *it == pool)?.volumes;
                let all: Vec<_> = all.into_iter().map(|(volume, _)| volume).collect();
                let count = u32::try_from(all.len()).unwrap_or(0);
                Ok((all, count))
            })
        }
        StorageVolLookupByName::NUMBER => asked.by::<StorageVolLookupByName>(|(pool, name)| {
            volume(stage, |it| it.pool == pool.name && it.name == name).map(|found| found.0)
        }),
        StorageVolLookupByPath::NUMBER => asked.by::<StorageVolLookupByPath>(|path| {
            volume(stage, |it| it.key == path).map(|found| found.0)
        }),
        StorageVolGetPath::NUMBER => asked.by::<StorageVolGetPath>(|it| Ok(it.key)),
        StorageVolGetXmlDesc::NUMBER => asked.by::<StorageVolGetXmlDesc>(|(wanted, _)| {
            volume(stage, |it| *it == wanted).map(|found| found.1)
        }),
        StorageVolCreateXml::NUMBER => {
            asked.by::<StorageVolCreateXml>(|(pool, xml, _)| create(stage, &pool, &xml))
        }
        StorageVolDelete::NUMBER => asked.by::<StorageVolDelete>(|(wanted, _)| {
            volume(stage, |it| *it == wanted)?;
            stage.scene(|scene| {
                for pool in &mut scene.pools {
                    pool.volumes.retain(|(it, _)| *it != wanted);
                }
            });
            // Where it has gone before, all is well.
            let _ = std::fs::remove_file(&wanted.key);
            Ok(())
        }),
        _ => return None,
    })
}

/// Makes a volume. It is a small image, whatever was asked for, since Oriel looks into the images of
/// its own host.
fn create(stage: &Stage, pool: &Pool, xml: &str) -> Answer<Volume> {
    let malformed = || RemoteError::new(code::XML, origin::STORAGE, "XML error: no name");
    let name = part(xml, "<name>", "</name>").ok_or_else(malformed)?;
    let folder = find(stage, |it| it == pool)?.document;
    let folder = part(&folder, "<path>", "</path>").ok_or_else(malformed)?;
    let path = format!("{folder}/{name}");
    let made = Command::new("qemu-img")
        .args(["create", "-q", "-f", "qcow2", &path, "64K"])
        .status();
    if !made.is_ok_and(|status| status.success()) {
        return Err(RemoteError::new(
            code::SYSTEM,
            origin::STORAGE,
            format!("cannot make '{path}'"),
        ));
    }
    let volume = Volume {
        pool: pool.name.clone(),
        name,
        key: path.clone(),
    };
    let document = xml.replace("<target>", &format!("<target><path>{path}</path>"));
    stage.scene(|scene| {
        let mut all = scene.pools.iter_mut();
        let found = all.find(|it| it.pool == *pool).ok_or_else(no_pool)?;
        found.volumes.push((volume.clone(), document));
        Ok(volume)
    })
}
