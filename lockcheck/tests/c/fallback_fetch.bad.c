/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A second search where the first one found nothing; the test for that is missing. */

static int qemudRedefine(virConnectPtr conn, virDomainDefPtr def)
{
    struct qemud_driver *driver = conn->privateData;
    virDomainObjPtr vm;
    int ret = -1;

    qemuDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, def->uuid);
    vm = virDomainFindByName(&driver->domains, def->name); /* expect: object-fetched-twice */
    if (vm) {
        ret = vm->def->id;
        virDomainObjUnlock(vm);
    }
    qemuDriverUnlock(driver);
    return ret;
}

static virDriver qemuDriver = {
    .domainDefineXML = qemudRedefine,
};
