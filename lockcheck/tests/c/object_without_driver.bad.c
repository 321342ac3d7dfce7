/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An object is locked, or fetched, while the driver is not locked. */

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

    virStoragePoolObjLock(pool); /* expect: object-without-driver */
    pool->building = 0;
    virStoragePoolObjUnlock(pool);
    return ret;
}

static int storageVolumeLook(virStoragePoolPtr obj)
{
    virStorageDriverStatePtr driver = obj->conn->storagePrivateData;
    virStoragePoolObjPtr pool;
    int ret = -1;

    pool = virStoragePoolObjFindByUUID(obj->pools, obj->uuid); /* expect: object-without-driver */
    if (pool) {
        ret = pool->active;
        virStoragePoolObjUnlock(pool);
    }
    storageDriverLock(driver);
    driver->looks++;
    storageDriverUnlock(driver);
    return ret;
}

static virStorageDriver storageDriver = {
    .poolBuild = storageVolumeBuild,
    .poolGetInfo = storageVolumeLook,
};
