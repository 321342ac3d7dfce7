/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counting up and down under the lock. */

static int lxcCount(virConnectPtr conn)
{
    lxc_driver_t *driver = conn->privateData;
    int number;

    lxcDriverLock(driver);
    driver->active++;
    number = driver->active;
    --driver->active;
    lxcDriverUnlock(driver);
    return number;
}

static virDriver lxcDriver = {
    .numOfDomains = lxcCount,
};
