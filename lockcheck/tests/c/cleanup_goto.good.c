/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All ways out go through one label. */

static int umlDomainTune(virDomainPtr dom, unsigned long memory)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    umlDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    umlDriverUnlock(driver);
    if (!vm) {
        umlReportError(dom->conn, VIR_ERR_INVALID_DOMAIN, "%s", _("no such domain"));
        goto cleanup;
    }
    if (memory > vm->def->maxmem) {
        umlReportError(dom->conn, VIR_ERR_INVALID_ARG, "%s", _("too much"));
        goto cleanup;
    }
    vm->def->memory = memory;
    ret = 0;

cleanup:
    if (vm)
        virDomainObjUnlock(vm);
    return ret;
}

static virDriver umlDriver = {
    .domainSetMemory = umlDomainTune,
};
