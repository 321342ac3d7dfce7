/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One release for each lock. */

static int testCountOnce(virConnectPtr conn, int early)
{
    testConnPtr privconn = conn->privateData;
    int number = 0;

    if (early) {
        return -1;
    }
    testDriverLock(privconn);
    number = privconn->count;
    testDriverUnlock(privconn);
    return number;
}

static virDriver testDriver = {
    .numOfDomains = testCountOnce,
};
