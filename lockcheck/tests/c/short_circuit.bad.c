/* SPDX-License-Identifier: GPL-3.0-or-later */
/* &&, ||, ?: and the comma order what is done. */

static int lxcShort(virDomainPtr dom, int flags)
{
    lxc_driver_t *driver = dom->conn->privateData;
    int ret;

    ret = flags ? driver->one : driver->two; /* expect: driver-unlocked, driver-unlocked */
    if (flags && lxcUse(driver)) /* expect: driver-unlocked */
        ret = 1;
    if (driver->three) /* conditions: driver-unlocked */
        ret = 2;
    ret = (lxcDriverLock(driver), driver->four);
    lxcDriverUnlock(driver), driver->five = 1; /* expect: driver-unlocked */
    while (driver->six > ret) /* conditions: driver-unlocked */
        ret++;
    return driver->seven; /* conditions: driver-unlocked */
}

static int lxcHalf(virDomainPtr dom, int flags)
{
    lxc_driver_t *driver = dom->conn->privateData;

    lxcDriverLock(driver);
    if (flags || (lxcDriverUnlock(driver), 0))
        return 1; /* expect: still-locked(driver) */
    return 0;
}

static virDriver lxcDriver = {
    .half = lxcHalf,
    .short_ = lxcShort,
};
