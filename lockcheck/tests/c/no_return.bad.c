/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows a call that never returns is not reached; what follows another one is. */

static int lxcGiveUp(virConnectPtr conn)
{
    lxc_driver_t *driver = conn->privateData;

    lxcDriverLock(driver);
    if (driver->broken) {
        lxcComplain();
        return -1; /* expect: still-locked(driver) */
    }
    lxcDriverUnlock(driver);
    return 0;
}

static virDriver lxcDriver = {
    .giveUp = lxcGiveUp,
};
