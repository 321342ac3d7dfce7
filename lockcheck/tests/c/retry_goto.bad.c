/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A backward goto with the lock still held. */

static int networkWait(virNetworkPtr net)
{
    struct network_driver *driver = net->conn->networkPrivateData;
    virNetworkObjPtr network;
    int tries = 0;
    int ret = -1;

retry:
    networkDriverLock(driver); /* expect: driver-after-object */
    network = virNetworkFindByUUID(&driver->networks, net->uuid); /* expect: object-fetched-twice */
    networkDriverUnlock(driver);
    if (!network)
        goto cleanup;
    if (!network->active) {
        if (tries++ < 10)
            goto retry;
    }
    ret = network->active;

cleanup:
    if (network)
        virNetworkObjUnlock(network);
    return ret;
}

static virNetworkDriver networkDriver = {
    .networkWait = networkWait,
};
