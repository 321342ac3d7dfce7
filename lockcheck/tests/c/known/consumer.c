/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A function that takes over the lock, and that the configuration does not name. */

static int networkHandOver(virNetworkPtr net)
{
    struct network_driver *driver = net->conn->networkPrivateData;
    virNetworkObjPtr network;

    networkDriverLock(driver);
    network = virNetworkFindByUUID(&driver->networks, net->uuid);
    networkDriverUnlock(driver);
    if (!network)
        return -1;
    networkFinishAndUnlock(network);
    return 0; /* false: still-locked(network) */
}

static virNetworkDriver networkDriver = {
    .handOver = networkHandOver,
};
