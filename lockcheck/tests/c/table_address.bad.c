/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries that are addresses, casts, or in parentheses. */

static int umlPrivate(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    driver->touched = 1;
    return 0;
}

static int umlFirst(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    driver->touched = 1; /* expect: driver-unlocked */
    return 0;
}

static int umlSecond(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    driver->touched = 1; /* expect: driver-unlocked */
    return 0;
}

static int umlThird(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    driver->touched = 1; /* expect: driver-unlocked */
    return 0;
}

static int umlFourth(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    driver->touched = 1; /* expect: driver-unlocked */
    return 0;
}

static const struct _virDriver umlOther = { umlPrivate };

static const virDriver umlDriver = {
    .open = &umlFirst,
    .close = (virDrvClose) umlSecond,
    .version = (umlThird),
    .type = (virDrvGetType) &umlFourth,
};
