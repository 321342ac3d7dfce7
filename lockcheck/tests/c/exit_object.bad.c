/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways out forget an object's lock, or both locks. */

static char *nodeNameOf(virNodeDevicePtr dev)
{
    virDeviceMonitorStatePtr driver = dev->conn->devMonPrivateData;
    virNodeDeviceObjPtr obj;
    char *ret;

    nodeDeviceLock(driver);
    obj = virNodeDeviceFindByName(&driver->devs, dev->name);
    nodeDeviceUnlock(driver);
    if (!obj)
        return NULL;
    ret = strdup(obj->def->name);
    return ret; /* expect: still-locked(obj) */
}

static int nodeCapsOf(virNodeDevicePtr dev)
{
    virDeviceMonitorStatePtr driver = dev->conn->devMonPrivateData;
    virNodeDeviceObjPtr obj;

    nodeDeviceLock(driver);
    obj = virNodeDeviceFindByName(&driver->devs, dev->name);
    if (!obj)
        return -1; /* expect: still-locked(driver) */
    if (obj->def->caps)
        return 1; /* expect: still-locked(driver obj) */
    virNodeDeviceObjUnlock(obj);
    nodeDeviceUnlock(driver);
    return 0;
}

static virDeviceMonitor nodeMonitor = {
    .deviceGetName = nodeNameOf,
    .deviceNumOfCaps = nodeCapsOf,
};
