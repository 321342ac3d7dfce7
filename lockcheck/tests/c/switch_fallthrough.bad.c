/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Falling from one case to the next. */

static int storagePoolSteer(virStoragePoolPtr obj, int how)
{
    virStorageDriverStatePtr driver = obj->conn->storagePrivateData;
    int ret = -1;

    switch (how) {
    case 0:
        driver->steered = 0; /* expect: driver-unlocked */
        break;
    case 1:
        storageDriverLock(driver);
        driver->steered = 1;
        /* falls through */
    case 2:
        ret = 0;
        break;
    default:
        storageDriverLock(driver);
        driver->steered = how;
        storageDriverUnlock(driver);
    }
    return ret; /* expect: still-locked(driver) */
}

static virStorageDriver storageDriver = {
    .poolSteer = storagePoolSteer,
};
