/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A local of the same name hides a global driver; a global driver is one, too. */

static virStorageDriverStatePtr driverState;
static struct network_driver *driver = NULL;

static int networkHidden(virConnectPtr conn)
{
    struct plain_thing *driver = conn->thing;

    driver->hidden = 1;
    return driver->hidden;
}

static int networkGlobal(virConnectPtr conn)
{
    networkDriverLock(driver);
    driver->shown = 1;
    {
        struct plain_thing *driver = conn->thing;
        driver->shown = 2;
    }
    driver->shown = 3;
    networkDriverUnlock(driver);
    storageDriverLock(driverState);
    driverState->count = 4;
    storageDriverUnlock(driverState);
    return 0;
}

static virNetworkDriver networkDriver = {
    .hidden = networkHidden,
    .global = networkGlobal,
};
