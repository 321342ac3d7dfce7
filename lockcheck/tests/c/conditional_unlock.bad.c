/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An unlock under a condition that has nothing to do with the lock. */

static int lxcMaybe(virDomainPtr dom, int flags)
{
    lxc_driver_t *driver = dom->conn->privateData;
    int ret;

    lxcDriverLock(driver);
    ret = driver->ready;
    if (ret < 0)
        lxcDriverUnlock(driver);
    return ret; /* expect: still-locked(driver) */
}

static virDriver lxcDriver = {
    .domainMaybe = lxcMaybe,
};
