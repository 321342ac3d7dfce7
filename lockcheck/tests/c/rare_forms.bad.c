/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rarer forms of declarations, conditions and loops. */

static struct network_driver driverState;

static int networkGlobalStruct(virConnectPtr conn)
{
    networkDriverLock(&driverState);
    driverState.x = 1;
    networkDriverUnlock(&driverState);
    driverState.x = 2; /* expect: driver-unlocked */
    return 0;
}

static int umlByExpression(virConnectPtr conn)
{
    umlDriverLock(conn->privateData);
    if (conn->z) {
        umlDriverUnlock(conn->privateData);
        return 1;
    }
    return 0; /* expect: still-locked */
}

static int umlChosenFetch(virConnectPtr conn, int flag)
{
    struct uml_driver *driver = conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    vm = flag ? virDomainFindByID(&driver->domains, 1) : virDomainFindByName(&driver->domains, "/* \" // '");
    umlDriverUnlock(driver);
    if (vm) {
        vm->x = '"';
        virDomainObjUnlock(vm);
        vm->x = '\''; /* expect: object-unlocked */
    }
    return 0;
}

static int umlDrainAll(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    while ((vm = virDomainFindByID(&driver->domains, 1))) {
        vm->x = 1;
        virDomainObjUnlock(vm);
    }
    while ((vm = virDomainFindByID(&driver->domains, 1)) != NULL) { /* expect: object-fetched-twice */
        if (vm->x)
            continue;
        virDomainObjUnlock(vm);
    }
    umlDriverUnlock(driver);
    return 0;
}

static int umlSwitchWithoutDefault(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    do {
        umlDriverLock(driver);
    } while (0);
    switch (driver->x) {
    case 1:
        umlDriverUnlock(driver);
        return 1;
    case 2:
        umlDriverUnlock(driver);
        break;
    }
    return 0; /* expect: still-locked */
}

static int umlTestsDriver(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    if (!driver)
        return -1;
    umlDriverLock(driver);
    if (driver)
        umlDriverUnlock(driver);
    return 0;
}

static int umlOtherName(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;
    virDomainObjPtr vm, other;

    umlDriverLock(driver);
    vm = virDomainFindByID(&driver->domains, 1);
    umlDriverUnlock(driver);
    other = vm;
    if (!other)
        return -1;
    other->x = 1;
    virDomainObjUnlock(other);
    vm->x = 2; /* expect: object-unlocked */
    return 0;
}

static virDomainObjPtr umlReturnsLocked(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    vm = virDomainFindByID(&driver->domains, 1);
    umlDriverUnlock(driver);
    return vm; /* expect: still-locked */
}

static int umlThirdBranch(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;
#if 0
    umlDriverUnlock(driver);
#elif defined(FOO)
    umlDriverLock(driver);
#else
    umlDriverUnlock(driver);
#endif
    driver->x \
        = 1;
    umlDriverUnlock(driver);
    return driver->x ? 1 : 0; /* conditions: driver-unlocked */
}

static int umlIntoBlock(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;
    virDomainObjPtr vm = NULL;

    umlDriverLock(driver);
    if (conn->x)
        vm = virDomainFindByID(&driver->domains, 1);
    umlDriverUnlock(driver);
    if (!vm)
        return 0;
    goto in;
    if (0) {
in:
        vm->x = 1;
    }
    virDomainObjUnlock(vm);
    return 0;
}

static int umlCommaInCondition(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;
    int ret = -1;

    if (umlDriverLock(driver), driver->x)
        goto out;
    for (;;) {
        if (driver->y)
            break;
        driver->z++;
    }
    ret = 0;
out:
    umlDriverUnlock(driver);
    return ret;
}

static int umlElseIf(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    umlDriverUnlock(driver);
    if (vm == NULL) {
        return -1;
    } else if (vm->x) {
        virDomainObjUnlock(vm);
        return 1;
    } else {
        return 2; /* expect: still-locked */
    }
}

static int umlDeadCleanup(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    umlDriverUnlock(driver);
    if (!vm)
        goto error;
    vm->x = 1;
    virDomainObjUnlock(vm);
    vm = NULL;
    return 0;
error:
    if (vm != NULL)
        virDomainObjUnlock(vm);
    umlDriverLock(driver);
    driver->errors++;
    umlDriverUnlock(driver);
    return -1;
}

static int umlInnerName(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;

    umlDriverLock(driver);
    {
        struct uml_driver *driver = dom->conn->privateData;

        umlDriverUnlock(driver); /* expect: not-locked */
    }
    return 0; /* expect: still-locked(driver) */
}

static virDriver umlDriver = {
    networkGlobalStruct,
    umlByExpression,
    umlChosenFetch,
    umlDrainAll,
    umlSwitchWithoutDefault,
    umlTestsDriver,
    umlOtherName,
    umlReturnsLocked,
    umlThirdBranch,
    umlIntoBlock,
    umlCommaInCondition,
    umlElseIf,
    umlDeadCleanup,
    umlInnerName,
};
