/* How an entry appears in PKCS#11: the token's names and CKA_ID. Client configurations hold these,
 * so they depend on the owner and the profile's name alone and never change. */
#ifndef SIGNET_STORE_TOKEN_H
#define SIGNET_STORE_TOKEN_H

#include "store/entry.h"

struct token_names {
    const char *label; /* "signet device" or "signet user"; static */
    char serial[17];   /* "device", or the uid in decimal */
    uint8_t id[20];    /* CKA_ID of certificate and keys; their CKA_LABEL is the profile's name */
};

int token_names(const struct entry_id *id, struct token_names *ret, struct err *err);

#endif
