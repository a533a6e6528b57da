#include "pkcs11/operation.h"

CK_RV C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return operation_init(session, OPERATION_SIGN, mechanism, key);
}

CK_RV C_Sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG len, CK_BYTE *signature,
             CK_ULONG *signature_len)
{
    return operation_single(session, OPERATION_SIGN, data, len, signature, signature_len);
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG len)
{
    return operation_update(session, OPERATION_SIGN, part, len);
}

CK_RV C_SignFinal(CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG *signature_len)
{
    return operation_final(session, OPERATION_SIGN, signature, signature_len);
}
