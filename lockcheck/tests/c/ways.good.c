/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways through a function, lists of objects, and other styles of writing. */

static int umlGotoOutOfLoop(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    int i;

    umlDriverLock(driver);
    for (i = 0; i < 3; i++) {
        if (i == 1)
            goto cleanup;
        driver->x = i;
    }
    umlDriverUnlock(driver);
    return 0;
cleanup:
    umlDriverUnlock(driver);
    return -1;
}

static int umlManyTests(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    umlDriverUnlock(driver);
    if (!vm || vm->def == NULL || umlCheck(vm) < 0)
        goto cleanup;
    vm->x = 1;
cleanup:
    if (vm) {
        virDomainObjUnlock(vm);
    }
    return 0;
}

static int umlFetchInCondition(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    if (!(vm = virDomainFindByUUID(&driver->domains, dom->uuid)) || !(vm->def))
        goto cleanup;
    vm->x = 1;
cleanup:
    umlDriverUnlock(driver);
    if (vm)
        virDomainObjUnlock(vm);
    return 0;
}

static int umlStatementExpression(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    struct uml_driver *d2 = dom->other->privateData;
    int x = ({ umlDriverLock(driver); driver->x; });
    static int once;
    const struct uml_driver *const cd = driver;
    if (x > 0 ? driver->a : driver->b)
        x = cd->y;
    x += cd->y;
    umlDriverUnlock(driver);
    return x;
}

static int umlListOfObjects(virDomainPtr dom, virDomainObjPtr *list, int n)
{
    struct uml_driver *driver = dom->conn->privateData;
    int i;

    umlDriverLock(driver);
    for (i = 0; i < n; i++) {
        virDomainObjPtr vm = list[i];

        virDomainObjLock(vm);
        vm->x = 1;
        virDomainObjUnlock(vm);
    }
    for (i = 0; i < n; i++) {
        virDomainObjPtr vm = list[i];

        virDomainObjLock(vm);
        vm->x = 1;
        virDomainObjUnlock(vm);
    }
    umlDriverUnlock(driver);
    return 0;
}

static int umlFoundLabel(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;

    umlDriverLock(driver);
    vm = virDomainFindByUUID(&driver->domains, dom->uuid);
    umlDriverUnlock(driver);
    if (vm) {
        goto found;
    } else {
        return -1;
    }
found:
    switch (vm->x) {
    case 0: {
        virDomainObjUnlock(vm);
        return 0;
    }
    case 1:
        break;
    default:
        virDomainObjUnlock(vm);
        return 2;
    }
    virDomainObjUnlock(vm);
    return 1;
}

static int umlArguments(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;

    umlDriverLock(driver);
    driver->x = 1;
    umlLog("%p", (void *)driver);
    umlLog("%p", driver == NULL);
    umlCallback(&driver->cb, sizeof(driver->cb));
    umlAdd(umlFn, driver);
    umlDriverUnlock(driver);
    driver = NULL;
    return 0;
}

static int
umlOtherStyle (virDomainPtr dom)
{
  struct uml_driver *driver =
    (struct uml_driver *) dom->conn->privateData;

  umlDriverLock (driver);
  driver->x =
    1;
  if (driver->y)
    {
      umlDriverUnlock (driver);
      return
        1;
    }
  umlUse (1,
          driver);
  umlUse (2,
          driver);
  umlDriverUnlock (driver);
  return 0;
}

static virDriver umlDriver = {
    umlGotoOutOfLoop,
    umlManyTests,
    umlFetchInCondition,
    umlStatementExpression,
    umlListOfObjects,
    umlFoundLabel,
    umlArguments,
    umlOtherStyle,
};
