/* What the tests of scep/ share: keys had once per run, and requests filled by hand. */
#ifndef SIGNET_TESTS_SCEP_FIXTURE_H
#define SIGNET_TESTS_SCEP_FIXTURE_H

#include "profile/request.h"
#include "scep/client.h"
#include "scep/openssl.h"

enum { FIXTURE_RSA_A, FIXTURE_RSA_B, FIXTURE_RSA_C, FIXTURE_EC_A, FIXTURE_EC_B, FIXTURE_KEYS };

/* An unchecked setup: has the keys before Check forks, so that each test does not make its own. */
void fixture_keys(void);
EVP_PKEY *fixture_key(int which); /* borrowed */

void fixture_ava(struct name *name, const char *oid, enum name_type type, bool joined,
                 const char *value);
void fixture_san(struct request *request, enum san_kind kind, const char *value);

/* CN=alice, OU=Staff with an e-mail address and a UPN, for client authentication. */
void fixture_request(struct request *ret);
void fixture_request_free(struct request *request);

/* An operation without transport: KEY, the usual request, one URL. It is its own context, which the
 * challenge needs. */
struct fixture {
    struct request request;
    struct strings urls;
    struct buf challenge;
    char transaction_id[65];
    STACK_OF(X509) *roots;
    struct scep_operation operation;
};
void fixture_operation(struct fixture *ret, EVP_PKEY *key, const char *url, X509 *root,
                       const char *challenge);
void fixture_free(struct fixture *fixture);

#define OID_CN    "2.5.4.3"
#define OID_OU    "2.5.4.11"
#define OID_C     "2.5.4.6"
#define OID_EMAIL "1.2.840.113549.1.9.1"
#define OID_DC    "0.9.2342.19200300.100.1.25"

#endif
