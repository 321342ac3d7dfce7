/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A copy of the pointer is no use, and names the same lock; what it points to is one. */

static int umlCopied(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;
    struct uml_driver *same;
    size_t size;

    same = driver;
    size = sizeof(*driver) + sizeof(driver->name) + sizeof driver->id;
    same->copied = size; /* expect: driver-unlocked */
    umlDriverLock(driver);
    same->copied = 1;
    umlDriverUnlock(same);
    driver->copied = 2; /* expect: driver-unlocked */
    conn->data = driver->data; /* expect: driver-unlocked */
    return 0;
}

static virDriver umlDriver = {
    .copied = umlCopied,
};
