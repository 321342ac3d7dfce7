/* SPDX-License-Identifier: GPL-3.0-or-later */
/* while, do and continue. */

static int testDrain(virConnectPtr conn)
{
    testConnPtr privconn = conn->privateData;
    int left = 10;

    while (left > 0) {
        testDriverLock(privconn);
        left = privconn->left;
        if (left % 2)
            continue;
        testDriverUnlock(privconn);
    }
    return left; /* expect: still-locked(privconn) */
}

static int testPour(virConnectPtr conn)
{
    testConnPtr privconn = conn->privateData;
    int left;

    do {
        testDriverLock(privconn);
        left = privconn->left;
        testDriverUnlock(privconn);
        privconn->left = left - 1; /* expect: driver-unlocked */
    } while (left > 0);
    return left;
}

static virDriver testDriver = {
    .drain = testDrain,
    .pour = testPour,
};
