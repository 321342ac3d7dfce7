/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The locks are not recursive. */

static int umlCountTwice(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;
    int number;

    umlDriverLock(driver);
    umlDriverLock(driver); /* expect: locked-twice */
    number = driver->count;
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
        virDomainObjLock(vm); /* expect: locked-twice */
        vm->touched = 1;
        virDomainObjUnlock(vm);
    }
    umlDriverUnlock(driver);
    return 0;
}

static virDriver umlDriver = {
    .numOfDomains = umlCountTwice,
    .domainTouch = umlTouchTwice,
};
