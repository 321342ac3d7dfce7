/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The object is released before its name is given another value. */

static int networkDrop(virNetworkPtr net)
{
    struct network_driver *driver = net->conn->networkPrivateData;
    virNetworkObjPtr network;

    networkDriverLock(driver);
    network = virNetworkFindByName(&driver->networks, net->name);
    if (network) {
        network->dropped = 1;
        virNetworkObjUnlock(network);
        network = NULL;
    }
    networkDriverUnlock(driver);
    return 0;
}

static virNetworkDriver networkDriver = {
    .networkDestroy = networkDrop,
};
