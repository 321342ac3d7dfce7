/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a void body is an exit, too, and so is a return without a value. */

static void lxcForget(virDomainPtr dom, int how)
{
    lxc_driver_t *driver = dom->conn->privateData;

    lxcDriverLock(driver);
    if (how) {
        driver->forgotten = how;
        return; /* expect: still-locked(driver) */
    }
    driver->forgotten = 0;
} /* expect: still-locked(driver) */

static virDriver lxcDriver = {
    .domainForget = lxcForget,
};
