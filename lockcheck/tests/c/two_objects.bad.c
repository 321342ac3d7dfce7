/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects of two kinds, and a parameter that is an object. */

static int networkBind(virDomainObjPtr vm, virNetworkPtr net)
{
    struct network_driver *driver = net->conn->networkPrivateData;
    virNetworkObjPtr network;

    vm->bound = 1; /* expect: object-unlocked */
    networkDriverLock(driver);
    virDomainObjLock(vm);
    network = virNetworkFindByUUID(&driver->networks, net->uuid); /* expect: object-fetched-twice */
    virDomainObjUnlock(vm);
    networkDriverUnlock(driver);
    if (network)
        network->bound = 1;
    return 0; /* expect: still-locked(network) */
}

static virNetworkDriver networkDriver = {
    .bind = networkBind,
};
