/* Signing and decrypting, which differ in little: a session's operation from C_SignInit or
 * C_DecryptInit until its result was handed out (PKCS#11 2.40 sections 5.2 and 5.11). The data is
 * gathered here; the work, hashing too, is done at the other end of the back end. */
#ifndef SIGNET_PKCS11_OPERATION_H
#define SIGNET_PKCS11_OPERATION_H

#include "pkcs11/mechanism.h"

enum operation_kind { OPERATION_SIGN, OPERATION_DECRYPT, OPERATION_KINDS };

/* Zeroed is none. */
struct operation {
    const struct mechanism *mechanism; /* NULL: none under way */
    struct key_operation key;
    size_t size;                  /* of the result, at most; of a signature, exactly */
    struct mechanism_range range; /* of the data */
    bool parts;                   /* C_SignUpdate was called */
    struct buf data;              /* the parts so far */
    bool done; /* the result is there; the caller's buffer was too small for it */
    struct buf result;
};

void operation_free(struct operation *operation);

CK_RV operation_init(CK_SESSION_HANDLE session, enum operation_kind kind,
                     const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);

/* All of the data at once. */
CK_RV operation_single(CK_SESSION_HANDLE session, enum operation_kind kind, const CK_BYTE *data,
                       CK_ULONG len, CK_BYTE *ret, CK_ULONG *ret_len);

/* In parts. */
CK_RV operation_update(CK_SESSION_HANDLE session, enum operation_kind kind, const CK_BYTE *part,
                       CK_ULONG len);
CK_RV operation_final(CK_SESSION_HANDLE session, enum operation_kind kind, CK_BYTE *ret,
                      CK_ULONG *ret_len);

#endif
