/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call through a member of the driver uses the driver, whatever its arguments are. */

static int qemudLabelOf(virDomainPtr dom, virSecurityLabelPtr label)
{
    struct qemud_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    qemuDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    qemuDriverUnlock(driver);
    if (!vm)
        goto cleanup;
    if (driver->security->labelOf(dom->conn, vm, label) == -1) /* expect: driver-unlocked */
        goto cleanup;
    (*driver->security->forget)(dom->conn); /* expect: driver-unlocked */
    ret = (driver->hooks)[2](dom->conn); /* expect: driver-unlocked */

cleanup:
    if (vm)
        virDomainObjUnlock(vm);
    return ret;
}

static virDriver qemuDriver = {
    .domainGetSecurityLabel = qemudLabelOf,
};
