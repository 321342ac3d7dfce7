/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arguments are worked out before the call that takes them; each call is one mistake. */

static int testNested(virConnectPtr conn)
{
    testConnPtr privconn = conn->privateData;
    int ret;

    ret = testOuter(privconn, testInner(privconn)); /* expect: driver-unlocked, driver-unlocked */
    ret += testPlain(testInner(privconn)); /* expect: driver-unlocked */
    testDriverLock(privconn);
    ret = testOuter(privconn, ret) + testInner(privconn);
    testDriverUnlock(privconn);
    return testInner(privconn); /* expect: driver-unlocked */
}

static virDomainPtr testFetchNested(virConnectPtr conn, int id)
{
    testConnPtr privconn = conn->privateData;
    virDomainObjPtr dom;

    testDriverLock(privconn);
    testWatch(dom = virDomainFindByID(&privconn->domains, id), testInner(privconn));
    testDriverUnlock(privconn);
    return NULL; /* expect: still-locked(dom) */
}

static virDriver testDriver = {
    .nested = testNested,
    .fetch = testFetchNested,
};
