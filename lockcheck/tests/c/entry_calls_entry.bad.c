/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A public method calls another one: with plain mutexes it waits for itself. */

static int umlDomainState(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    int state;

    umlDriverLock(driver);
    state = driver->state;
    umlDriverUnlock(driver);
    return state;
}

static int umlDomainStop(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    int ret = -1;

    umlDriverLock(driver);
    if (umlDomainState(dom) == VIR_DOMAIN_RUNNING) /* expect: entry-calls-entry */
        ret = umlKill(driver);
    umlDriverUnlock(driver);
    return ret;
}

static virDriver umlDriver = {
    .domainGetState = umlDomainState,
    .domainShutdown = umlDomainStop,
};
