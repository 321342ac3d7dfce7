# 1 "uml/uml_ids.c"
# 1 "<built-in>"
# 1 "<command-line>"
# 1 "uml/uml_ids.c"
# 1 "/usr/include/stdlib.h" 1 3 4
extern void *malloc (size_t __size) __attribute__ ((__nothrow__ , __leaf__)) __attribute__ ((__malloc__)) ;
extern __inline __attribute__ ((__gnu_inline__)) int
__attribute__ ((__nothrow__ , __leaf__)) atoi (const char *__nptr)
{
  return (int) strtol (__nptr, (char **) ((void *)0), 10);
}
# 40 "uml/uml_ids.c" 2


typedef struct uml_driver umlThing;

static int umlIds(virConnectPtr conn, int flags __attribute__((__unused__)))
{
  struct uml_driver *driver = (struct uml_driver *)conn->privateData;
  int __uml_ret = 0;

   driver->id = 1;  /* expect: driver-unlocked */
  umlDriverLock(driver);
# 60 "uml/uml_ids.c"
  if (driver != ((void *)0)) {
    __extension__ ({ driver->id = 2; });
  }
  umlNote(driver);
# 70 "uml/uml_ids.c" 3 4
  return __uml_ret;  /* expect: still-locked(driver) */
}
# 80 "uml/uml_ids.c"
static virDriver umlDriver = {
  .ids = umlIds,
};
