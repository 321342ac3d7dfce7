/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The second legal sequence: the driver is released once the object is locked. */

static int lxcMemoryOf(virDomainPtr dom)
{
    lxc_driver_t *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int memory = -1;

    lxcDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    lxcDriverUnlock(driver);

    if (vm) {
        memory = vm->def->memory;
        virDomainObjUnlock(vm);
    }
    return memory;
}

static virDriver lxcDriver = {
    .domainGetMaxMemory = lxcMemoryOf,
};
