/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A driver that this function has just allocated needs no lock until others can reach it. */

static int testOpenNew(virConnectPtr conn)
{
    testConnPtr privconn;

    if (VIR_ALLOC(privconn) < 0)
        return -1;
    privconn->nextId = 1;
    testFill(privconn);
    conn->privateData = privconn;
    return 0;
}

/* One that a helper builds is not known to be new. */
static int testOpenBuilt(virConnectPtr conn)
{
    testConnPtr privconn;

    privconn = testBuild(conn);
    privconn->nextId = 1; /* false: driver-unlocked */
    conn->privateData = privconn;
    return 0;
}

static virDriver testDriver = {
    .open = testOpenNew,
    .openOther = testOpenBuilt,
};
