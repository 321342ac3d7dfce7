/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each of several ways out releases the driver's lock. */

static int openvzShow(virConnectPtr conn, int kind)
{
    struct openvz_driver *driver = conn->privateData;
    int ret = -1;

    openvzDriverLock(driver);
    if (kind == 0) {
        openvzDriverUnlock(driver);
        return 0;
    }
    if (kind == 1) {
        openvzDriverUnlock(driver);
        return 1;
    }
    if (openvzRefresh(driver) < 0) {
        openvzError(conn);
        openvzDriverUnlock(driver);
        return -1;
    }
    ret = driver->shown;
    openvzDriverUnlock(driver);
    return ret;
}

static virDriver openvzDriver = {
    .domainGetInfo = openvzShow,
};
