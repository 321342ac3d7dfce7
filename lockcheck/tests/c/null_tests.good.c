/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests for NULL in many forms. */

static int umlRightWay(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    if ((vm = virDomainFindByUUID(&driver->domains, dom->uuid)) == NULL) {
        umlDriverUnlock(driver);
        return -1;
    }
    umlDriverUnlock(driver);
    vm->id = 3;
    if (vm != NULL)
        virDomainObjUnlock(vm);
    return 0;
}

static int umlNotFound(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    umlDriverLock(driver);
    if (!(vm = virDomainFindByName(&driver->domains, dom->name))) {
        umlDriverUnlock(driver);
        return -1;
    }
    umlDriverUnlock(driver);
    ret = vm->id;
    virDomainObjUnlock(vm);
    return ret;
}

static int umlEachForm(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    umlDriverLock(driver);
    vm = virDomainFindByID(&driver->domains, dom->id);
    umlDriverUnlock(driver);
    if (NULL == vm)
        return -1;
    if (vm->id < 0 || !vm->def) {
        virDomainObjUnlock(vm);
        return -1;
    }
    if (vm && vm->id > 0)
        ret = vm->id;
    if (0 != vm)
        virDomainObjUnlock(vm);
    return ret;
}

static int umlWhole(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    vm = virDomainFindByID(&driver->domains, dom->id);
    umlDriverUnlock(driver);
    if (__builtin_expect(!!vm, 1)) {
        vm->whole = 1;
        virDomainObjUnlock(vm);
    }
    return 0;
}

static virDriver umlDriver = {
    .rightWay = umlRightWay,
    .notFound = umlNotFound,
    .eachForm = umlEachForm,
    .whole = umlWhole,
};
