/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A copy of the pointer is no use, and names the same lock. */

static int umlCopied(virConnectPtr conn)
{
    struct uml_driver *driver = conn->privateData;
    struct uml_driver *same;
    size_t size;

    same = driver;
    size = sizeof(*driver) + sizeof(driver->name) + sizeof driver->id;
    conn->driver = driver;
    umlDriverLock(driver);
    same->copied = size;
    driver->copied = 2;
    umlDriverUnlock(same);
    return 0;
}

static virDriver umlDriver = {
    .copied = umlCopied,
};
