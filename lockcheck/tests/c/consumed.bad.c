/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A function that takes the object away releases its lock. */

static int qemudUndefine(virDomainPtr dom)
{
    struct qemud_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    qemuDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    if (!vm)
        goto cleanup;
    virDomainRemoveInactive(&driver->domains, vm);
    vm->removed = 1; /* expect: object-unlocked */
    ret = 0;

cleanup:
    qemuDriverUnlock(driver);
    return ret;
}

static int qemudUndefineLate(virDomainPtr dom)
{
    struct qemud_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;

    qemuDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    qemuDriverUnlock(driver);
    if (vm)
        virDomainRemoveInactive(&driver->domains, vm); /* expect: driver-unlocked */
    return 0;
}

static virDriver qemuDriver = {
    .domainUndefine = qemudUndefine,
    .domainUndefineLate = qemudUndefineLate,
};
