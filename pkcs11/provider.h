/* The module as programs see it: its functions, all reached through a table. */
#ifndef SIGNET_PKCS11_PROVIDER_H
#define SIGNET_PKCS11_PROVIDER_H

#include <p11-kit/pkcs11.h>

/* How PKCS#11 3.0 (section 5.4.5) names a table; p11-kit's header of Debian 12 stops at 2.40. */
#if CRYPTOKI_VERSION_MAJOR < 3
typedef struct CK_INTERFACE {
    CK_CHAR *pInterfaceName;
    void *pFunctionList;
    CK_FLAGS flags;
} CK_INTERFACE;

/* Every interface there is: "PKCS 11" 2.40. */
CK_RV C_GetInterfaceList(CK_INTERFACE *list, CK_ULONG *count);

/* NAME NULL: the default one. VERSION NULL: any. No interface has flags. */
CK_RV C_GetInterface(CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **ret, CK_FLAGS flags);
#endif

#endif
