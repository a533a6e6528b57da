/* Certificates that a CA has sent: which of them is ours? */
#ifndef SIGNET_SCEP_ISSUED_H
#define SIGNET_SCEP_ISSUED_H

#include "scep/openssl.h"

/* Of CERTIFICATES, the one for KEY, wherever it stands. Borrowed. No such one, the certificate OLD
 * (NULL: none) again, its serial number or its key, is an error. */
int issued_find(STACK_OF(X509) *certificates, EVP_PKEY *key, const X509 *old, X509 **ret,
                struct err *err);

/* CONFIG when it is one that nobody should have: a CA's, one with a zero byte in a name, one past
 * all measure. */
int issued_check(X509 *certificate, struct err *err);

#endif
