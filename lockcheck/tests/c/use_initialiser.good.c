/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Declarations in the middle of a block are initialised under the lock. */

static int testNumber(virConnectPtr conn)
{
    testConnPtr privconn = conn->privateData;
    int ret;

    testDriverLock(privconn);
    int first = privconn->domains.count;
    char *name = testNameOf(privconn), *other = NULL;
    ret = testCompare(privconn, first, name, other);
    if (ret > 0) {
        int limits[] = { 1, privconn->limit };
        ret = limits[0];
    }
    testDriverUnlock(privconn);
    return ret;
}

static virDriver testDriver = {
    .numOfDomains = testNumber,
};
