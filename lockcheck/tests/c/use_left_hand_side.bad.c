/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Driver and object are written to. */

static int storagePoolMark(virStoragePoolPtr obj, int flag)
{
    virStorageDriverStatePtr driver = obj->conn->storagePrivateData;
    virStoragePoolObjPtr pool;

    driver->marks[flag] = 1; /* expect: driver-unlocked */
    storageDriverLock(driver);
    pool = virStoragePoolObjFindByUUID(&driver->pools, obj->uuid);
    storageDriverUnlock(driver);
    if (!pool)
        return -1;
    driver->last = flag; /* expect: driver-unlocked */
    driver->flags |= flag; /* expect: driver-unlocked */
    virStoragePoolObjUnlock(pool);
    pool->autostart = flag; /* expect: object-unlocked */
    *pool->mark = flag; /* expect: object-unlocked */
    return 0;
}

static virStorageDriver storageDriver = {
    .poolSetAutostart = storagePoolMark,
};
