/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One of several ways out forgets the driver's lock. */

static int openvzShow(virConnectPtr conn, int kind)
{
    struct openvz_driver *driver = conn->privateData;
    int ret = -1;

    openvzDriverLock(driver);
    if (kind == 0)
        return 0; /* expect: still-locked(driver) */
    if (kind == 1) {
        openvzDriverUnlock(driver);
        return 1;
    }
    if (openvzRefresh(driver) < 0) {
        openvzError(conn);
        return -1; /* expect: still-locked(driver) */
    }
    ret = driver->shown;
    openvzDriverUnlock(driver);
    return ret;
}

static virDriver openvzDriver = {
    .domainGetInfo = openvzShow,
};
