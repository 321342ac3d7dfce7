/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first branch of an #if counts; of `#if 0`, the other one. */

static int qemudPeek(virConnectPtr conn)
{
    struct qemud_driver *driver = conn->privateData;
    int ret;

#if WITH_LOCKS
    qemuDriverLock(driver);
#endif
    ret = driver->peeked;
#if 0
    qemuDriverUnlock(driver);
#else
    ret++;
#endif
    return ret; /* expect: still-locked(driver) */
}

static int qemudPoke(virConnectPtr conn)
{
    struct qemud_driver *driver = conn->privateData;

#ifdef HAVE_POKE
    if (conn->poke) {
#else
    if (conn->other) {
#endif
        driver->poked = 1; /* expect: driver-unlocked */
    }
#if 0
    it's no C at all } "
#endif
    return 0;
}

static virDriver qemuDriver = {
    .peek = qemudPeek,
    .poke = qemudPoke,
};
