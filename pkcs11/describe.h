/* What certificates and keys look like as PKCS#11 objects (PKCS#11 v3.0 sections 4.6 to 4.9). */
#ifndef SIGNET_PKCS11_DESCRIBE_H
#define SIGNET_PKCS11_DESCRIBE_H

#include "pkcs11/backend.h"
#include "pkcs11/fields.h"
#include "store/entry.h"

/* The token that an owner's objects stand on: 1 for the device, 2 + uid for a user. */
CK_SLOT_ID describe_slot(const struct owner *owner);

/* Adds the owner's token, once. */
int describe_token(struct snapshot *snapshot, const struct owner *owner, struct err *err);

/* Adds one generation of an entry: certificate, private key and public key with one CKA_ID and
 * CKA_LABEL, told from the certificate alone. CONFIG: the key is neither RSA nor on a named curve;
 * then nothing was added. */
int describe_generation(struct snapshot *snapshot, const struct entry_id *id, unsigned number,
                        bool retired, const struct fields *certificate, struct err *err);

/* Adds an issuer in the entry's chain, labelled with its common name, unless the token shows that
 * certificate already as an authority. */
int describe_issuer(struct snapshot *snapshot, const struct entry_id *id,
                    const struct fields *certificate, struct err *err);

/* Adds what a trusted-root profile names to the device's token: a root, or, not TRUSTED, an
 * intermediate. */
int describe_anchor(struct snapshot *snapshot, const char *profile, bool trusted,
                    const struct fields *certificate, struct err *err);

/* Two objects with one handle, which chance allows, get neighbouring ones, by their order. */
int describe_tell_apart(struct snapshot *snapshot, struct err *err);

#endif
