/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each way out releases what it holds. */

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
    virNodeDeviceObjUnlock(obj);
    return ret;
}

static int nodeCapsOf(virNodeDevicePtr dev)
{
    virDeviceMonitorStatePtr driver = dev->conn->devMonPrivateData;
    virNodeDeviceObjPtr obj;

    nodeDeviceLock(driver);
    obj = virNodeDeviceFindByName(&driver->devs, dev->name);
    if (!obj) {
        nodeDeviceUnlock(driver);
        return -1;
    }
    if (obj->def->caps) {
        virNodeDeviceObjUnlock(obj);
        nodeDeviceUnlock(driver);
        return 1;
    }
    virNodeDeviceObjUnlock(obj);
    nodeDeviceUnlock(driver);
    return 0;
}

static virDeviceMonitor nodeMonitor = {
    .deviceGetName = nodeNameOf,
    .deviceNumOfCaps = nodeCapsOf,
};
