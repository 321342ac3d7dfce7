/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The third legal sequence: both are held to the end. Which one is released first is all the same. */

static int lxcAttach(virDomainPtr dom, const char *xml)
{
    lxc_driver_t *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret;

    lxcDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    if (!vm) {
        lxcDriverUnlock(driver);
        return -1;
    }
    ret = lxcAttachTo(driver, vm, xml);
    virDomainObjUnlock(vm);
    lxcDriverUnlock(driver);
    return ret;
}

static int lxcDetach(virDomainPtr dom, const char *xml)
{
    lxc_driver_t *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret;

    lxcDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    if (!vm) {
        lxcDriverUnlock(driver);
        return -1;
    }
    ret = lxcDetachFrom(driver, vm, xml);
    lxcDriverUnlock(driver);
    virDomainObjUnlock(vm);
    return ret;
}

static virDriver lxcDriver = {
    .domainAttachDevice = lxcAttach,
    .domainDetachDevice = lxcDetach,
};
