/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first branch of an #if counts; of `#if 0`, the other one. */

static int qemudPeek(virConnectPtr conn)
{
    struct qemud_driver *driver = conn->privateData;
    int ret;

#if WITH_LOCKS
    qemuDriverLock(driver);
#else
    ret = driver->peeked;
#endif
    ret = driver->peeked;
#if 0
    driver->peeked = it's no C at all } "
#else
    qemuDriverUnlock(driver);
#endif
    return ret;
}

static int qemudPoke(virConnectPtr conn)
{
    struct qemud_driver *driver = conn->privateData;

    qemuDriverLock(driver);
#ifdef HAVE_POKE
    if (conn->poke) {
#else
    if (conn->other) {
#endif
        driver->poked = 1;
    }
    qemuDriverUnlock(driver);
    return 0;
}

static virDriver qemuDriver = {
    .peek = qemudPeek,
    .poke = qemudPoke,
};
