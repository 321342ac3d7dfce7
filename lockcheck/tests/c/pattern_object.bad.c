/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The second sequence, with the driver released before the object is found. */

static int lxcMemoryOf(virDomainPtr dom)
{
    lxc_driver_t *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int memory = -1;

    lxcDriverLock(driver);
    lxcDriverUnlock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid); /* expect: object-without-driver */

    if (vm) {
        memory = vm->def->memory;
        virDomainObjUnlock(vm);
    }
    return memory;
}

static virDriver lxcDriver = {
    .domainGetMaxMemory = lxcMemoryOf,
};
