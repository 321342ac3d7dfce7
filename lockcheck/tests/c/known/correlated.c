/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two tests of one condition. The checker follows a few of them through a function. */

static int umlCorrelated(virConnectPtr conn, int locked)
{
    struct uml_driver *driver = conn->privateData;

    if (locked)
        umlDriverLock(driver);
    umlPause();
    if (locked)
        umlDriverUnlock(driver);
    return 0;
}

/* Here the second test says the same in other words, which is not understood. */
static int umlOtherWords(virConnectPtr conn, int flags)
{
    struct uml_driver *driver = conn->privateData;
    int locked = 0;

    if (flags & UML_LOCK) {
        umlDriverLock(driver);
        driver->count++;
        locked = flags;
    }
    umlPause();
    if (locked != 0 && locked == flags)
        umlDriverUnlock(driver);
    return 0; /* false: still-locked(driver) */
}

static virDriver umlDriver = {
    .correlated = umlCorrelated,
    .otherWords = umlOtherWords,
};
