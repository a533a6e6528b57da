/* Keys and certificates made on the spot, and a store with entries that hold them. */
#ifndef SIGNET_TESTS_PKCS11_ISSUE_H
#define SIGNET_TESTS_PKCS11_ISSUE_H

#include "pkcs11/fields.h"
#include "store/key.h"
#include "tests/store/fixture.h"

#include <openssl/x509v3.h>

/* One of each, made once for all tests of a suite: issue_setup() is an unchecked fixture. */
struct issue_keys {
    EVP_PKEY *ca, *rsa, *ec256, *ec384, *ec521;
    X509 *ca_certificate; /* self-signed */
};
extern struct issue_keys issue_keys;
void issue_setup(void);
void issue_teardown(void);

/* A certificate for KEY, signed by the CA, as keyd reads it. USAGE is a keyUsage as OpenSSL's
 * configuration has it, or NULL. */
struct fields issue_fields(EVP_PKEY *key, const char *cn, const char *usage);

/* What NSS would call the owner of an entry; NULL: the device. Static, good until the next call. */
const char *issue_owner(const struct owner *owner);

/* Makes KEY, with a new certificate, the current generation of an entry. */
void issue_entry(struct fixture *f, const struct entry_id *id, EVP_PKEY *key, const char *usage);
/* The same with a new P-256 key in the TPM that was chosen, which asks for PIN; its public half is
 * the caller's. */
EVP_PKEY *issue_pin_entry(struct fixture *f, const struct entry_id *id, const char *pin);
void issue_access(struct fixture *f, const struct entry_id *id, const char *name);
void issue_anchor(struct fixture *f, enum anchor_kind kind, const char *profile);

#endif
