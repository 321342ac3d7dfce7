/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A public method that is only called with the driver's lock held by somebody else. */

static int lxcCalledLocked(virConnectPtr conn)
{
    lxc_driver_t *driver = conn->privateData;

    driver->called = 1; /* false: driver-unlocked */
    return 0;
}

static virDriver lxcDriver = {
    .called = lxcCalledLocked,
};
