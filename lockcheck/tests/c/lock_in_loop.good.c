/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each element of an array has a lock; each turn of the loop takes it and releases it. */

static int umlListNames(virConnectPtr conn, char **names, int nnames)
{
    struct uml_driver *driver = conn->privateData;
    int i, got = 0;

    umlDriverLock(driver);
    for (i = 0; i < driver->domains.count && got < nnames; i++) {
        virDomainObjLock(driver->domains.objs[i]);
        if (!(names[got++] = strdup(driver->domains.objs[i]->def->name))) {
            virDomainObjUnlock(driver->domains.objs[i]);
            goto no_memory;
        }
        virDomainObjUnlock(driver->domains.objs[i]);
    }
    umlDriverUnlock(driver);
    return got;

no_memory:
    umlDriverUnlock(driver);
    return -1;
}

static int umlCountActive(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;
    int i, got = 0;

    umlDriverLock(driver);
    for (i = 0; i < driver->domains.count; i++) {
        virDomainObjLock(driver->domains.objs[i]);
        got = umlCountIn(got, driver->domains.objs[i]);
        virDomainObjUnlock(driver->domains.objs[i]);
        if (got < 0)
            break;
    }
    umlDriverUnlock(driver);
    return got;
}

static virDriver umlDriver = {
    .listDomains = umlListNames,
    .numOfDomains = umlCountActive,
};
