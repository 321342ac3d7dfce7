/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only name of a locked object is given another value. */

static int networkDrop(virNetworkPtr net)
{
    struct network_driver *driver = net->conn->networkPrivateData;
    virNetworkObjPtr network;

    networkDriverLock(driver);
    network = virNetworkFindByName(&driver->networks, net->name);
    if (network) {
        network->dropped = 1;
        network = NULL; /* expect: lock-lost */
    }
    networkDriverUnlock(driver);
    return 0;
}

static virNetworkDriver networkDriver = {
    .networkDestroy = networkDrop,
};
