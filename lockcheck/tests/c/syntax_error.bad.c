/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function is no C; the others are checked all the same. */

static int umlBefore(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    driver->first = 1; /* expect: driver-unlocked */
    umlDriverLock(driver);
    umlDriverUnlock(driver);
    return 0;
}

static int umlBroken(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    umlDriverLock(driver);
    if (driver->first ( {
        return = 5 +;
    umlDriverUnlock(driver);
    return 0;
}

static int umlAfter(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    umlDriverLock(driver);
    driver->last = 1;
    return -1; /* expect: still-locked(driver) */
}

static virDriver umlDriver = {
    .before = umlBefore,
    .broken = umlBroken,
    .after = umlAfter,
};
