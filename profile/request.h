/* What one certificate request asks for: a profile with every variable replaced, as plain data. */
#ifndef SIGNET_PROFILE_REQUEST_H
#define SIGNET_PROFILE_REQUEST_H

#include "base/text.h"
#include "profile/name.h"

enum hash { HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
/* The weakest encryption and signature that are good enough, in this order. */
enum minimum_crypto {
    MINIMUM_DES3_SHA1,
    MINIMUM_DES3_SHA256,
    MINIMUM_AES128_SHA256,
    MINIMUM_AES256_SHA256,
};
enum key_type { KEY_RSA, KEY_EC };
enum validity_unit { VALIDITY_NONE, VALIDITY_DAYS, VALIDITY_MONTHS, VALIDITY_YEARS };

/* Bits of the keyUsage extension that a profile can ask for (RFC 5280 section 4.2.1.3). */
enum { USAGE_DIGITAL_SIGNATURE = 1, USAGE_KEY_ENCIPHERMENT = 2 };

enum san_kind { SAN_EMAIL, SAN_UPN, SAN_DNS, SAN_URI };

struct san {
    enum san_kind kind;
    char *value; /* owned, UTF-8; IA5 for all kinds but UPN */
};

struct request {
    struct name subject;
    struct san *sans;
    size_t n_sans;
    unsigned key_usage;  /* USAGE_* */
    struct strings ekus; /* dotted OIDs */
    enum key_type key_type;
    unsigned key_size; /* RSA: bits of the modulus; EC: 256, 384 or 521 */
    enum hash hash;
    enum validity_unit validity_unit; /* VALIDITY_NONE: ask for nothing */
    unsigned validity;
    struct strings warnings; /* said while it was made: a CN past 64 characters, SHA-1, ... */
};

void request_free(struct request *request);

#endif
