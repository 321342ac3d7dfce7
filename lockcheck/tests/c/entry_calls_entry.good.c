/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What both need is a function of its own, which expects the lock to be held. */

static int umlStateLocked(struct uml_driver *driver)
{
    return driver->state;
}

static int umlDomainState(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    int state;

    umlDriverLock(driver);
    state = umlStateLocked(driver);
    umlDriverUnlock(driver);
    return state;
}

static int umlDomainStop(virDomainPtr dom)
{
    struct uml_driver *driver = dom->conn->privateData;
    int ret = -1;

    umlDriverLock(driver);
    if (umlStateLocked(driver) == VIR_DOMAIN_RUNNING)
        ret = umlKill(driver);
    umlDriverUnlock(driver);
    return ret;
}

static virDriver umlDriver = {
    .domainGetState = umlDomainState,
    .domainShutdown = umlDomainStop,
};
