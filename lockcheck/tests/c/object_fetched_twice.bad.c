/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A second object is fetched while the first one is held. */

static int qemudMigrateHere(virConnectPtr dconn, virDomainDefPtr def)
{
    struct qemud_driver *driver = dconn->privateData;
    virDomainObjPtr vm;
    virDomainObjPtr other;
    int ret = -1;

    qemuDriverLock(driver);
    vm = virDomainFindByName(&driver->domains, def->name);
    if (vm) {
        if (virDomainIsActive(vm))
            goto cleanup;
    }
    other = virDomainAssignDef(dconn, &driver->domains, def); /* expect: object-fetched-twice */
    if (other) {
        ret = other->def->id;
        virDomainObjUnlock(other);
    }

cleanup:
    if (vm)
        virDomainObjUnlock(vm);
    qemuDriverUnlock(driver);
    return ret;
}

static virDriver qemuDriver = {
    .domainMigratePrepare2 = qemudMigrateHere,
};
