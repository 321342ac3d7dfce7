/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The third sequence, with one of the two released too early. */

static int lxcAttach(virDomainPtr dom, const char *xml)
{
    lxc_driver_t *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret;

    lxcDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    lxcDriverUnlock(driver);
    if (!vm)
        return -1;
    ret = lxcAttachTo(driver, vm, xml); /* expect: driver-unlocked */
    virDomainObjUnlock(vm);
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
    virDomainObjUnlock(vm);
    ret = lxcDetachFrom(driver, vm, xml); /* expect: object-unlocked */
    lxcDriverUnlock(driver);
    return ret;
}

static virDriver lxcDriver = {
    .domainAttachDevice = lxcAttach,
    .domainDetachDevice = lxcDetach,
};
