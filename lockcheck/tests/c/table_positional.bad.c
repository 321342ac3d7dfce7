/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table without names of members, with comments and a line of its own for each entry. */

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

static int umlLast(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;

    driver->touched = 1; /* expect: driver-unlocked */
    return 0;
}

static virDriver umlDriver = {
    VIR_DRV_UML,
    "UML",
    LIBVIR_VERSION_NUMBER, /* version */
    umlFirst, /* open: umlPrivate would be wrong here */
    NULL, /* close */
    umlSecond, NULL,
#if 0
    umlPrivate,
#endif
    umlLast
};
