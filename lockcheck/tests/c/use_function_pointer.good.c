/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls through members of the driver, under its lock. */

static int qemudLabelOf(virDomainPtr dom, virSecurityLabelPtr label)
{
    struct qemud_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    qemuDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    if (!vm)
        goto cleanup;
    if (driver->security->labelOf(dom->conn, vm, label) == -1)
        goto cleanup;
    (*driver->security->forget)(dom->conn);
    ret = (driver->hooks)[2](dom->conn);

cleanup:
    if (vm)
        virDomainObjUnlock(vm);
    qemuDriverUnlock(driver);
    return ret;
}

static virDriver qemuDriver = {
    .domainGetSecurityLabel = qemudLabelOf,
};
