/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables in an array, and two of them in one declaration. */

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

static virDriver umlDrivers[] = {
    { .name = "one", .open = umlFirst },
    { .name = "two", .open = umlSecond },
};

static virNetworkDriver one = { umlThird }, two = { .open = umlFourth };

static struct unrelated thing = { umlPrivate };
