/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Driver first, then the object, each time. */

static int storageVolumeBuild(virStoragePoolPtr obj)
{
    virStorageDriverStatePtr driver = obj->conn->storagePrivateData;
    virStoragePoolObjPtr pool;
    int ret;

    storageDriverLock(driver);
    pool = virStoragePoolObjFindByName(&driver->pools, obj->name);
    storageDriverUnlock(driver);
    if (!pool)
        return -1;
    pool->building = 1;
    virStoragePoolObjUnlock(pool);

    ret = storageBuild(obj->conn);

    storageDriverLock(driver);
    virStoragePoolObjLock(pool);
    storageDriverUnlock(driver);
    pool->building = 0;
    virStoragePoolObjUnlock(pool);
    return ret;
}

static int storageVolumeLook(virStoragePoolPtr obj)
{
    virStorageDriverStatePtr driver = obj->conn->storagePrivateData;
    virStoragePoolObjPtr pool;
    int ret = -1;

    storageDriverLock(driver);
    driver->looks++;
    pool = virStoragePoolObjFindByUUID(obj->pools, obj->uuid);
    if (pool) {
        ret = pool->active;
        virStoragePoolObjUnlock(pool);
    }
    storageDriverUnlock(driver);
    return ret;
}

static virStorageDriver storageDriver = {
    .poolBuild = storageVolumeBuild,
    .poolGetInfo = storageVolumeLook,
};
