/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects of two kinds, one after the other. */

static int networkBind(virDomainObjPtr vm, virNetworkPtr net)
{
    struct network_driver *driver = net->conn->networkPrivateData;
    virNetworkObjPtr network;

    networkDriverLock(driver);
    virDomainObjLock(vm);
    vm->bound = 1;
    virDomainObjUnlock(vm);
    network = virNetworkFindByUUID(&driver->networks, net->uuid);
    networkDriverUnlock(driver);
    if (network) {
        network->bound = 1;
        virNetworkObjUnlock(network);
    }
    return 0;
}

static virNetworkDriver networkDriver = {
    .bind = networkBind,
};
