/* What certificates and keys look like as PKCS#11 objects (PKCS#11 v3.0 sections 4.6 to 4.9). */
#ifndef SIGNET_PKCS11_DESCRIBE_H
#define SIGNET_PKCS11_DESCRIBE_H

#include "pkcs11/backend.h"
#include "pkcs11/fields.h"
#include "store/token.h"

/* The token that an owner's objects stand on: 1 for the device, 2 + uid for a user. */
CK_SLOT_ID describe_slot(const struct owner *owner);

/* The token of an entry whose key asks for a PIN: far above all owners'. */
CK_SLOT_ID describe_pin_slot(const struct token_names *names);

/* Adds the owner's token, once. */
int describe_token(struct snapshot *snapshot, const struct owner *owner, struct err *err);

/* Adds the token of an entry whose key asks for a PIN. */
int describe_pin_token(struct snapshot *snapshot, const struct entry_id *id, struct err *err);

/* How a generation stands there. */
enum {
    DESCRIBE_RETIRED = 1, /* usable by handle, not found by search */
    DESCRIBE_PIN = 2,     /* on the entry's own token, its private key after a login only */
};

/* Adds one generation of an entry: certificate, private key and public key with one CKA_ID and
 * CKA_LABEL, told from the certificate alone. CONFIG: the key is neither RSA nor on a named curve;
 * then nothing was added. */
int describe_generation(struct snapshot *snapshot, const struct entry_id *id, unsigned number,
                        unsigned how, const struct fields *certificate, struct err *err);

/* Adds an issuer in the entry's chain, labelled with its common name, unless the token shows that
 * certificate already as an authority. HOW: DESCRIBE_PIN or 0. */
int describe_issuer(struct snapshot *snapshot, const struct entry_id *id, unsigned how,
                    const struct fields *certificate, struct err *err);

/* Adds what a trusted-root profile names to the device's token: a root, or, not TRUSTED, an
 * intermediate. */
int describe_anchor(struct snapshot *snapshot, const char *profile, bool trusted,
                    const struct fields *certificate, struct err *err);

/* Two objects with one handle, which chance allows, get neighbouring ones, by their order. */
int describe_tell_apart(struct snapshot *snapshot, struct err *err);

#endif
