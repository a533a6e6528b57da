/* The PKCS#10 request (RFC 2986) for a struct request. Names and alternative names are built as
 * structures from their parts, so no value can become more than the one name that it is. */
#ifndef SIGNET_SCEP_CSR_H
#define SIGNET_SCEP_CSR_H

#include "profile/request.h"
#include "scep/openssl.h"

/* The subject as X.501 has it. CONFIG when a value does not fit its string type. */
int csr_name(const struct name *name, X509_NAME **ret, struct err *err);

/* The alternative names of a request, in its order; an empty stack when there are none. */
int csr_alternative_names(const struct request *request, GENERAL_NAMES **ret, struct err *err);

/* DER of a request for KEY, signed with it and HASH. CHALLENGE (NULL or empty: none) is a
 * PrintableString where its characters allow, else a UTF8String: servers compare bytes, and older
 * ones know no other type. */
int csr_build(EVP_PKEY *key, const struct request *request, enum hash hash,
              const struct buf *challenge, struct buf *ret, struct err *err);

/* The same in two steps: all that is known before the challenge is, and the rest, once. */
int csr_begin(EVP_PKEY *key, const struct request *request, X509_REQ **ret, struct err *err);
int csr_finish(X509_REQ *csr, EVP_PKEY *key, enum hash hash, const struct buf *challenge,
               struct buf *ret, struct err *err);

#endif
