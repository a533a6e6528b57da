/* What a server says it can do: the answer to GetCACaps (RFC 8894 section 3.5.2). */
#ifndef SIGNET_SCEP_CAPS_H
#define SIGNET_SCEP_CAPS_H

#include "base/buf.h"
#include "profile/request.h"

#include <openssl/evp.h>

enum {
    CAPS_AES = 1 << 0, /* AES-128-CBC */
    CAPS_DES3 = 1 << 1,
    CAPS_GET_NEXT_CA_CERT = 1 << 2,
    CAPS_POST = 1 << 3,
    CAPS_RENEWAL = 1 << 4,
    CAPS_SHA1 = 1 << 5,
    CAPS_SHA256 = 1 << 6,
    CAPS_SHA512 = 1 << 7,
    CAPS_STANDARD = 1 << 8, /* stands for AES, POST and SHA-256 as well */
    CAPS_AES256 = 1 << 9,   /* AES-256-CBC; no standard has a word for it */
};

/* A set of CAPS_*. A line counts when all of it, without the line's end and blanks around it, is a
 * capability's name in any case; everything else is passed over, so a page of HTML is an empty set.
 */
unsigned caps_parse(const struct buf *body);

/* Appends the names of CAPS, "POSTPKIOperation, SHA-256"; "nothing" for none. */
int caps_describe(unsigned caps, struct buf *ret, struct err *err);

/* The cipher for the envelope: AES when the server can, else triple DES. AES-256 where the server
 * names it, or where MINIMUM asks for it and the server has any AES: those that have one commonly
 * have them all. */
const EVP_CIPHER *caps_cipher(unsigned caps, enum minimum_crypto minimum);

/* The digest for messages: WISH, or what comes nearest among those the server has, else SHA-1. */
enum hash caps_hash(unsigned caps, enum hash wish);

const EVP_MD *hash_digest(enum hash hash);
const char *hash_name(enum hash hash);

#endif
