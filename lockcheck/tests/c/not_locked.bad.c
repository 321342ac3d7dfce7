/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is not held can't be released. */

static int testCountOnce(virConnectPtr conn, int early)
{
    testConnPtr privconn = conn->privateData;
    int number = 0;

    if (early) {
        testDriverUnlock(privconn); /* expect: not-locked */
        return -1;
    }
    testDriverLock(privconn);
    number = privconn->count;
    testDriverUnlock(privconn);
    testDriverUnlock(privconn); /* expect: not-locked */
    return number;
}

static virDriver testDriver = {
    .numOfDomains = testCountOnce,
};
