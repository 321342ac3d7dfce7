/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Driver and object are written to under their locks. */

static int storagePoolMark(virStoragePoolPtr obj, int flag)
{
    virStorageDriverStatePtr driver = obj->conn->storagePrivateData;
    virStoragePoolObjPtr pool;

    storageDriverLock(driver);
    driver->marks[flag] = 1;
    pool = virStoragePoolObjFindByUUID(&driver->pools, obj->uuid);
    driver->last = flag;
    driver->flags |= flag;
    storageDriverUnlock(driver);
    if (!pool)
        return -1;
    pool->autostart = flag;
    *pool->mark = flag;
    virStoragePoolObjUnlock(pool);
    return 0;
}

static virStorageDriver storageDriver = {
    .poolSetAutostart = storagePoolMark,
};
