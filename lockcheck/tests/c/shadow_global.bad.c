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
    driver->shown = 1; /* expect: driver-unlocked */
    networkDriverLock(driver);
    {
        struct network_driver *driver = conn->networkPrivateData;
        driver->shown = 2;
    }
    driver->shown = 3;
    networkDriverUnlock(driver);
    driverState->count = 4; /* expect: driver-unlocked */
    return 0;
}

static virNetworkDriver networkDriver = {
    .hidden = networkHidden,
    .global = networkGlobal,
};
