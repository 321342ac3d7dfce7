/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lock is released before it is taken again. */

static int umlCountTwice(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;
    int number;

    umlDriverLock(driver);
    number = driver->count;
    umlDriverUnlock(driver);
    umlPause();
    umlDriverLock(driver);
    number += driver->count;
    umlDriverUnlock(driver);
    return number;
}

static int umlTouchTwice(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    vm = virDomainFindByID(&driver->domains, dom->id);
    if (vm) {
        vm->touched = 1;
        virDomainObjUnlock(vm);
        virDomainObjLock(vm);
        vm->touched = 2;
        virDomainObjUnlock(vm);
    }
    umlDriverUnlock(driver);
    return 0;
}

static virDriver umlDriver = {
    .numOfDomains = umlCountTwice,
    .domainTouch = umlTouchTwice,
};
