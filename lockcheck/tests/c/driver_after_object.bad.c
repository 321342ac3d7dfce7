/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The driver is locked while an object is held. */

static int umlDomainRename(virDomainPtr dom, const char *name)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    umlDriverLock(driver);
    vm = virDomainFindByName(&driver->domains, dom->name);
    umlDriverUnlock(driver);
    if (!vm)
        return -1;
    if (umlCheckName(vm, name) == 0) {
        umlDriverLock(driver); /* expect: driver-after-object */
        ret = umlSetName(driver, vm, name);
        umlDriverUnlock(driver);
    }
    virDomainObjUnlock(vm);
    return ret;
}

static virDriver umlDriver = {
    .domainRename = umlDomainRename,
};
