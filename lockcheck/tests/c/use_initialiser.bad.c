/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a declaration is initialised with is used there. */

static int testNumber(virConnectPtr conn)
{
    testConnPtr privconn = conn->privateData;
    int first = privconn->domains.count; /* expect: driver-unlocked */
    char *name = testNameOf(privconn), *other = NULL; /* expect: driver-unlocked */
    int ret;

    testDriverLock(privconn);
    ret = testCompare(privconn, first, name, other);
    testDriverUnlock(privconn);
    if (ret > 0) {
        int limits[] = { 1, privconn->limit }; /* expect: driver-unlocked */
        ret = limits[0];
    }
    return ret;
}

static virDriver testDriver = {
    .numOfDomains = testNumber,
};
