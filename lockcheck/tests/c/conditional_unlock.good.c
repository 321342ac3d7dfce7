/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An unlock on each side of a condition. */

static int lxcMaybe(virDomainPtr dom, int flags)
{
    lxc_driver_t *driver = dom->conn->privateData;
    int ret;

    lxcDriverLock(driver);
    ret = driver->ready;
    if (ret < 0) {
        lxcDriverUnlock(driver);
        lxcReport(dom->conn);
    } else {
        lxcDriverUnlock(driver);
    }
    return ret;
}

static virDriver lxcDriver = {
    .domainMaybe = lxcMaybe,
};
