/* How an entry appears in PKCS#11: the token's names and CKA_ID. Client configurations hold these,
 * so they depend on the owner, the profile's name and whether the key asks for a PIN, and never
 * change. */
#ifndef SIGNET_STORE_TOKEN_H
#define SIGNET_STORE_TOKEN_H

#include "store/entry.h"

struct token_names {
    char label[ENTRY_NAME_MAX + 1]; /* "signet device" or "signet user" */
    char serial[17];                /* "device", or the uid in decimal */
    uint8_t id[20]; /* CKA_ID of certificate and keys; their CKA_LABEL is the profile's name */
};

/* What a generation's `key_storage` (entry_read()) says when its key asks for a PIN. */
#define TOKEN_STORAGE_PIN "tpm-pin"

/* With PIN, for a key that asks for one: a token of its own, labelled with the profile's name, with
 * a serial number that no other entry has. */
int token_names(const struct entry_id *id, bool pin, struct token_names *ret, struct err *err);

#endif
