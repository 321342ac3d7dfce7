/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words that are no C stand in heads and bodies, and a macro at the top has no semicolon. */

#define LONG_MACRO(x) \
    do { \
        use(x); \
    } while (0)

VIR_ENUM_DECL(umlMode)
VIR_ENUM_IMPL(umlMode, 2,
              "one",
              "two")

static int umlHelper(int a ATTRIBUTE_UNUSED) ATTRIBUTE_RETURN_CHECK;
static void umlSay(const char *format, ...) ATTRIBUTE_FORMAT(printf, 1, 2);

static int __attribute__((noinline))
umlIdOf(virConnectPtr conn,
        int flags ATTRIBUTE_UNUSED,
        int more __attribute__((unused)))
{
    struct uml_driver *driver ATTRIBUTE_UNUSED = conn->privateData;
    int id;

    umlDriverLock(driver);
    id = driver->id;
    umlDriverUnlock(driver);
    return id;
}

static ATTRIBUTE_UNUSED virDriver umlDriver = {
    .getId = umlIdOf,
};
