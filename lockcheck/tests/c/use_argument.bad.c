/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The driver is an argument of a call before its lock is taken and after it is released. */

static int umlDomainBoot(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    umlNoteBoot(driver); /* expect: driver-unlocked */
    umlDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    umlDriverUnlock(driver);
    if (!vm) {
        umlReportError(dom->conn, VIR_ERR_INVALID_DOMAIN, NULL);
        goto cleanup;
    }
    ret = umlBootMachine(dom->conn, driver, vm); /* expect: driver-unlocked */
    if (umlSaveMachine(dom->conn, /* expect: driver-unlocked */
                       driver,
                       vm) < 0)
        ret = -1;

cleanup:
    if (vm)
        virDomainObjUnlock(vm);
    umlForget(vm); /* expect: object-unlocked */
    return ret;
}

static virDriver umlDriver = {
    .domainCreate = umlDomainBoot,
};
