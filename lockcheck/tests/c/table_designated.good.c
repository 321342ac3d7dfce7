/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table with names of members, in both spellings, and one that is exported. */

static int umlPrivate(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    driver->touched = 1;
    return 0;
}

static int umlFirst(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    umlDriverLock(driver);
    driver->touched = 1;
    umlDriverUnlock(driver);
    return 0;
}

static int umlSecond(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    umlDriverLock(driver);
    driver->touched = 1;
    umlDriverUnlock(driver);
    return 0;
}

static int umlThird(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    umlDriverLock(driver);
    driver->touched = 1;
    umlDriverUnlock(driver);
    return 0;
}

virDriver umlDriver =
{
    .name = "UML",
    .open = umlFirst,
    close: umlSecond,
    .state = NULL,
    .nested = { .inner = umlThird },
};

static virStateDriver umlState = {
    .initialize = umlPrivate,
};
