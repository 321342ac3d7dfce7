/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests for NULL in many forms, the wrong way round. */

static int umlWrongWay(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    if ((vm = virDomainFindByUUID(&driver->domains, dom->uuid)) == NULL) {
        umlDriverUnlock(driver);
        return -1;
    }
    umlDriverUnlock(driver);
    if (vm != NULL)
        return vm->id; /* expect: still-locked(vm) */
    virDomainObjUnlock(vm);
    return 0;
}

static int umlBothHalf(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    umlDriverLock(driver);
    vm = virDomainFindByID(&driver->domains, dom->id);
    umlDriverUnlock(driver);
    if (NULL == vm || vm->id < 0)
        return -1; /* expect: still-locked(vm) */
    if (vm && vm->id > 0)
        ret = vm->id;
    if (ret > 0)
        virDomainObjUnlock(vm);
    return ret; /* expect: still-locked(vm) */
}

static virDriver umlDriver = {
    .wrongWay = umlWrongWay,
    .bothHalf = umlBothHalf,
};
