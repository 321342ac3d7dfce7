/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counting up and down is a use. */

static int lxcCount(virConnectPtr conn)
{
    lxc_driver_t *driver = conn->privateData;
    int number;

    driver->active++; /* expect: driver-unlocked */
    lxcDriverLock(driver);
    number = driver->active;
    lxcDriverUnlock(driver);
    --driver->active; /* expect: driver-unlocked */
    return number;
}

static virDriver lxcDriver = {
    .numOfDomains = lxcCount,
};
