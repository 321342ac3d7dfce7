/* SPDX-License-Identifier: GPL-3.0-or-later */
/* &&, ||, ?: and the comma order what is done. */

static int lxcShort(virDomainPtr dom, int flags)
{
    lxc_driver_t *driver = dom->conn->privateData;
    int ret;

    lxcDriverLock(driver);
    ret = flags ? driver->one : driver->two;
    if (flags && lxcUse(driver))
        ret = 1;
    if (driver->three)
        ret = 2;
    lxcDriverUnlock(driver);
    ret = (lxcDriverLock(driver), driver->four);
    driver->five = 1, lxcDriverUnlock(driver);
    return ret;
}

static int lxcHalf(virDomainPtr dom, int flags)
{
    lxc_driver_t *driver = dom->conn->privateData;

    lxcDriverLock(driver);
    if (flags || lxcUse(driver)) {
        lxcDriverUnlock(driver);
        return 1;
    }
    lxcDriverUnlock(driver);
    return 0;
}

static virDriver lxcDriver = {
    .half = lxcHalf,
    .short_ = lxcShort,
};
