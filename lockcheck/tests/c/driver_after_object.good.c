/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The driver stays locked as long as both are needed. */

static int umlDomainRename(virDomainPtr dom, const char *name)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    umlDriverLock(driver);
    vm = virDomainFindByName(&driver->domains, dom->name);
    if (vm) {
        if (umlCheckName(vm, name) == 0)
            ret = umlSetName(driver, vm, name);
        virDomainObjUnlock(vm);
    }
    umlDriverUnlock(driver);
    return ret;
}

static virDriver umlDriver = {
    .domainRename = umlDomainRename,
};
