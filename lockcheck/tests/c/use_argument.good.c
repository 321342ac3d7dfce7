/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The driver is an argument of calls, all of them under its lock. */

static int umlDomainBoot(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    umlDriverLock(driver);
    umlNoteBoot(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    if (!vm) {
        umlReportError(dom->conn, VIR_ERR_INVALID_DOMAIN, NULL);
        goto cleanup;
    }
    ret = umlBootMachine(dom->conn, driver, vm);
    if (umlSaveMachine(dom->conn,
                       driver,
                       vm) < 0)
        ret = -1;

cleanup:
    if (vm)
        virDomainObjUnlock(vm);
    umlDriverUnlock(driver);
    return ret;
}

static virDriver umlDriver = {
    .domainCreate = umlDomainBoot,
};
