/* Certificates that a CA has sent: which of them is ours? */
#ifndef SIGNET_SCEP_ISSUED_H
#define SIGNET_SCEP_ISSUED_H

#include "scep/openssl.h"

/* Of CERTIFICATES, the one for KEY, wherever it stands. Borrowed. The certificate OLD again (NULL:
 * none), or no certificate for KEY, is an error. */
int issued_find(STACK_OF(X509) *certificates, EVP_PKEY *key, const X509 *old, X509 **ret,
                struct err *err);

#endif
