/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A void body that releases its lock on both ways out. */

static void lxcForget(virDomainPtr dom, int how)
{
    lxc_driver_t *driver = dom->conn->privateData;

    lxcDriverLock(driver);
    if (how) {
        driver->forgotten = how;
        lxcDriverUnlock(driver);
        return;
    }
    driver->forgotten = 0;
    lxcDriverUnlock(driver);
}

static virDriver lxcDriver = {
    .domainForget = lxcForget,
};
