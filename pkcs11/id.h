/* Object handles, and how an owner is written. What clients remember of an entry beside these is in
 * store/token.h. */
#ifndef SIGNET_PKCS11_ID_H
#define SIGNET_PKCS11_ID_H

#include "store/entry.h"

#include <p11-kit/pkcs11.h>

/* "device" or "user/1000": an owner in hashes and in messages. */
struct id_owner {
    char text[24];
};
struct id_owner id_owner(const struct owner *owner);

enum id_kind { ID_CERTIFICATE = 1, ID_PRIVATE_KEY, ID_PUBLIC_KEY, ID_AUTHORITY };

/* The handle of an object: 62 bits of a hash over all that makes it that object, the same in every
 * process and after any restart. CERTIFICATE (its digest) tells two keys apart when an entry was
 * removed and made anew. Never 0 (CK_INVALID_HANDLE) on success; 0 when OpenSSL has no SHA-256. */
CK_OBJECT_HANDLE id_handle(const struct entry_id *id, unsigned generation, enum id_kind kind,
                           const uint8_t certificate[32]);

#endif
