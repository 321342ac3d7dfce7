/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields of driver and object are read through chains. */

static char *networkBridgeOf(virNetworkPtr net)
{
    struct network_driver *driver = net->conn->networkPrivateData;
    virNetworkObjPtr network;
    char *bridge = NULL;
    char *dir;

    dir = driver->config->paths.dir; /* expect: driver-unlocked */
    networkDriverLock(driver);
    network = virNetworkFindByUUID(&driver->networks, net->uuid);
    networkDriverUnlock(driver);
    if (network) {
        networkMakePath(driver->config->paths.dir); /* expect: driver-unlocked */
        virNetworkObjUnlock(network);
        bridge = strdup(network->def->bridge); /* expect: object-unlocked */
    }
    networkFree(dir);
    return bridge;
}

static virNetworkDriver networkDriver = {
    .networkGetBridgeName = networkBridgeOf,
};
