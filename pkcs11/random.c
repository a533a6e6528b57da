#include "pkcs11/session.h"

#include <errno.h>
#include <sys/random.h>

/* The kernel's generator: it needs no seed, and takes none from an application. */
CK_RV C_SeedRandom(CK_SESSION_HANDLE handle, CK_BYTE *seed, CK_ULONG len)
{
    CK_RV rv = session_check(handle);
    return rv != CKR_OK || seed || !len ? rv : CKR_ARGUMENTS_BAD;
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE handle, CK_BYTE *ret, CK_ULONG len)
{
    CK_RV rv = session_check(handle);
    if (rv != CKR_OK)
        return rv;
    if (!ret && len)
        return CKR_ARGUMENTS_BAD;
    while (len > 0) {
        ssize_t n = getrandom(ret, len, 0);
        if (n < 0 && errno != EINTR)
            return CKR_FUNCTION_FAILED;
        if (n > 0) {
            ret += n;
            len -= (CK_ULONG)n;
        }
    }
    return CKR_OK;
}
