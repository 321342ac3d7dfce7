/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Falling from one case to the next, where the lock is released. */

static int storagePoolSteer(virStoragePoolPtr obj, int how)
{
    virStorageDriverStatePtr driver = obj->conn->storagePrivateData;
    int ret = -1;

    switch (how) {
    case 0:
        storageDriverLock(driver);
        driver->steered = 0;
        storageDriverUnlock(driver);
        break;
    case 1:
        ret = 1;
        /* falls through */
    case 2:
    case 3:
        storageDriverLock(driver);
        ret += driver->steered;
        storageDriverUnlock(driver);
        break;
    default:
        storageDriverLock(driver);
        driver->steered = how;
        storageDriverUnlock(driver);
    }
    return ret;
}

static virStorageDriver storageDriver = {
    .poolSteer = storagePoolSteer,
};
