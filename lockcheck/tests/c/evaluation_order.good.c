/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arguments are worked out before the call that takes them. */

static int testNested(virConnectPtr conn)
{
    testConnPtr privconn = conn->privateData;
    int ret;

    testDriverLock(privconn);
    ret = testOuter(privconn, testInner(privconn));
    ret += testPlain(testInner(privconn));
    ret = testOuter(privconn, ret) + testInner(privconn);
    testDriverUnlock(privconn);
    return ret;
}

static virDomainPtr testFetchNested(virConnectPtr conn, int id)
{
    testConnPtr privconn = conn->privateData;
    virDomainObjPtr dom;

    testDriverLock(privconn);
    testWatch(dom = virDomainFindByID(&privconn->domains, id), testInner(privconn));
    testDriverUnlock(privconn);
    if (dom)
        virDomainObjUnlock(dom);
    return NULL;
}

static virDriver testDriver = {
    .nested = testNested,
    .fetch = testFetchNested,
};
