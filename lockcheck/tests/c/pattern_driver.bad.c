/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first sequence, with the unlock too early. */

static int qemudCountAll(virConnectPtr conn)
{
    struct qemud_driver *driver = conn->privateData;
    int number;

    qemuDriverLock(driver);
    qemuDriverUnlock(driver);
    number = driver->domains.count + driver->inactive; /* expect: driver-unlocked */
    return number;
}

static virDriver qemuDriver = {
    .numOfDomains = qemudCountAll,
};
