/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A function that takes the object away releases its lock; the name is cleared for the cleanup. */

static int qemudUndefine(virDomainPtr dom)
{
    struct qemud_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    qemuDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    if (!vm)
        goto cleanup;
    if (vm->persistent) {
        vm->def->id = -1;
    } else {
        virDomainRemoveInactive(&driver->domains, vm);
        vm = NULL;
    }
    ret = 0;

cleanup:
    if (vm)
        virDomainObjUnlock(vm);
    qemuDriverUnlock(driver);
    return ret;
}

static virDriver qemuDriver = {
    .domainUndefine = qemudUndefine,
};
