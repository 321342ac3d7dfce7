/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A driver of some length, with the usual mistakes side by side. */

static virDomainPtr testLookup(virConnectPtr conn, const char *name)
{
    testConnPtr privconn = conn->privateData;
    virDomainObjPtr dom;
    virDomainPtr ret = NULL;

    testDriverLock(privconn);
    dom = virDomainFindByName(&privconn->domains, name);
    testDriverUnlock(privconn);

    if (dom == NULL) {
        testError(conn, VIR_ERR_NO_DOMAIN, NULL);
        goto cleanup;
    }
    ret = virGetDomain(conn, dom->def->name, dom->def->uuid);
    if (ret)
        ret->id = dom->def->id;

cleanup:
    return ret; /* expect: still-locked(dom) */
}

static int testSuspend(virDomainPtr domain)
{
    testConnPtr privconn = domain->conn->privateData;
    virDomainObjPtr privdom;
    virDomainEventPtr event = NULL;
    int ret = -1;

    testDriverLock(privconn);
    privdom = virDomainFindByName(&privconn->domains, domain->name);
    testDriverUnlock(privconn);
    if (privdom == NULL)
        goto cleanup;
    if (privdom->state == VIR_DOMAIN_SHUTOFF) {
        testError(domain->conn, VIR_ERR_INTERNAL_ERROR, _("not running"));
        goto cleanup;
    }
    privdom->state = VIR_DOMAIN_PAUSED;
    event = virDomainEventNewFromObj(privdom, VIR_DOMAIN_EVENT_SUSPENDED);
    ret = 0;

cleanup:
    if (privdom)
        virDomainObjUnlock(privdom);
    if (event) {
        testDomainEventQueue(privconn, event); /* expect: driver-unlocked */
    }
    return ret;
}

static virDomainPtr testCreate(virConnectPtr conn, const char *xml)
{
    testConnPtr privconn = conn->privateData;
    virDomainPtr ret = NULL;
    virDomainDefPtr def;
    virDomainObjPtr dom = NULL;
    virDomainEventPtr event = NULL;

    testDriverLock(privconn);
    if ((def = virDomainDefParseString(conn, privconn->caps, xml)) == NULL)
        goto cleanup;
    if (testNextId(privconn, def) < 0)
        return NULL; /* expect: still-locked(privconn) */
    dom = virDomainAssignDef(conn, &privconn->domains, def);
    if (!dom)
        goto cleanup;
    def = NULL;
    dom->state = VIR_DOMAIN_RUNNING;
    dom->def->id = privconn->nextDomID++;
    event = virDomainEventNewFromObj(dom, VIR_DOMAIN_EVENT_STARTED);
    ret = virGetDomain(conn, dom->def->name, dom->def->uuid);

cleanup:
    if (dom)
        virDomainObjUnlock(dom);
    if (event)
        testDomainEventQueue(privconn, event);
    virDomainDefFree(def);
    testDriverUnlock(privconn);
    return ret;
}

static int testDestroy(virDomainPtr domain)
{
    testConnPtr privconn = domain->conn->privateData;
    virDomainObjPtr privdom;
    int ret = -1;

    testDriverLock(privconn);
    privdom = virDomainFindByUUID(&privconn->domains, domain->uuid);
    if (privdom == NULL) {
        testDriverUnlock(privconn);
        return -1;
    }
    testShutdownState(domain, privdom);
    testDriverUnlock(privconn);
    if (!privdom->persistent) {
        virDomainRemoveInactive(&privconn->domains, privdom); /* expect: driver-unlocked */
        privdom = NULL;
    }
    ret = 0;
    if (privdom)
        virDomainObjUnlock(privdom);
    return ret;
}

static int testListDefined(virConnectPtr conn, char **names, int most)
{
    testConnPtr privconn = conn->privateData;
    int at, number = 0;

    testDriverLock(privconn);
    memset(names, 0, sizeof(*names) * most);
    for (at = 0; at < privconn->domains.count && number < most; at++) {
        if (!virDomainIsActive(privconn->domains.objs[at])) /* expect: object-unlocked */
            names[number++] = strdup(privconn->domains.objs[at]->def->name); /* expect: object-unlocked */
        virDomainObjLock(privconn->domains.objs[at]);
        virDomainObjUnlock(privconn->domains.objs[at]);
    }
    testDriverUnlock(privconn);
    return number;
}

static int testNetworkStart(virNetworkPtr network)
{
    testConnPtr privconn = network->conn->networkPrivateData;
    virNetworkObjPtr privnet;
    int ret = -1;

    testDriverLock(privconn);
    privnet = virNetworkFindByName(&privconn->networks, network->name);
    testDriverUnlock(privconn);
    if (privnet == NULL) {
        testError(network->conn, VIR_ERR_INVALID_ARG, __FUNCTION__);
        goto cleanup;
    }
    switch (privnet->state) {
    case TEST_NETWORK_ACTIVE:
        testError(network->conn, VIR_ERR_INTERNAL_ERROR, _("active already"));
        return -1; /* expect: still-locked(privnet) */
    case TEST_NETWORK_BROKEN:
        break;
    default:
        privnet->active = 1;
        ret = 0;
        break;
    }

cleanup:
    if (privnet)
        virNetworkObjUnlock(privnet);
    return ret;
}

static int testNetworkDefine(virConnectPtr conn, virNetworkDefPtr def)
{
    testConnPtr privconn = conn->networkPrivateData;
    virNetworkObjPtr net = NULL;
    int ret = -1;

    if (!def)
        return -1;
    testDriverLock(privconn);
    net = virNetworkAssignDef(conn, &privconn->networks, def);
    if (net == NULL)
        goto cleanup;
    net->persistent = 1;
    testDriverUnlock(privconn);
    net->generation = ++privconn->generation; /* expect: driver-unlocked */
    testDriverLock(privconn); /* expect: driver-after-object */
    ret = 0;

cleanup:
    if (net != NULL)
        virNetworkObjUnlock(net);
    testDriverUnlock(privconn);
    return ret;
}

static int testPoolMove(virStoragePoolPtr from, virStoragePoolPtr to)
{
    testConnPtr privconn = from->conn->storagePrivateData;
    virStoragePoolObjPtr pool;
    unsigned long size;
    int ret = -1;

    testDriverLock(privconn);
    pool = virStoragePoolObjFindByName(&privconn->pools, from->name);
    if (!pool)
        goto failed;
    size = pool->def->allocation;
    pool->def->allocation = 0;
    pool = virStoragePoolObjFindByName(&privconn->pools, to->name); /* expect: object-fetched-twice */
    if (!pool)
        goto failed;
    testDriverUnlock(privconn);
    pool->def->allocation += size;
    virStoragePoolObjUnlock(pool);
    return 0;

failed:
    testDriverUnlock(privconn);
    return ret;
}

static virDriver testDriver = {
    .name = "Test",
    .domainLookupByName = testLookup,
    .domainSuspend = testSuspend,
    .domainCreateXML = testCreate,
    .domainDestroy = testDestroy,
    .listDefinedDomains = testListDefined,
};

static virNetworkDriver testNetworkDriver = {
    .networkCreate = testNetworkStart,
    .networkDefineXML = testNetworkDefine,
};

static virStorageDriver testStorageDriver = {
    .poolMove = testPoolMove,
};
