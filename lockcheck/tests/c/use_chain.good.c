/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields of driver and object are read through chains, each under its lock. */

static char *networkBridgeOf(virNetworkPtr net)
{
    struct network_driver *driver = net->conn->networkPrivateData;
    virNetworkObjPtr network;
    char *bridge = NULL;
    char *dir;

    networkDriverLock(driver);
    dir = driver->config->paths.dir;
    network = virNetworkFindByUUID(&driver->networks, net->uuid);
    networkMakePath(driver->config->paths.dir);
    networkDriverUnlock(driver);
    if (network) {
        bridge = strdup(network->def->bridge);
        virNetworkObjUnlock(network);
    }
    networkFree(dir);
    return bridge;
}

static virNetworkDriver networkDriver = {
    .networkGetBridgeName = networkBridgeOf,
};
