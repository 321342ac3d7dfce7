/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first legal sequence: only the driver's state. */

static int qemudCountAll(virConnectPtr conn)
{
    struct qemud_driver *driver = conn->privateData;
    int number;

    qemuDriverLock(driver);
    number = driver->domains.count + driver->inactive;
    qemuDriverUnlock(driver);
    return number;
}

static virDriver qemuDriver = {
    .numOfDomains = qemudCountAll,
};
