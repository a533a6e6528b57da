#include "pkcs11/operation.h"

/* RSA takes its data in one piece: there is no C_DecryptUpdate. */
CK_RV C_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return operation_init(session, OPERATION_DECRYPT, mechanism, key);
}

CK_RV C_Decrypt(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG len, CK_BYTE *plain,
                CK_ULONG *plain_len)
{
    return operation_single(session, OPERATION_DECRYPT, data, len, plain, plain_len);
}
