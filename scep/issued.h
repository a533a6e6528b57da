/* A certificate that a CA has issued: is it the one that was asked for? */
#ifndef SIGNET_SCEP_ISSUED_H
#define SIGNET_SCEP_ISSUED_H

#include "profile/request.h"
#include "scep/openssl.h"

/* Of CERTIFICATES, the one for KEY, wherever it stands. Borrowed. The certificate OLD again (NULL:
 * none), or no certificate for KEY, is an error. */
int issued_find(STACK_OF(X509) *certificates, EVP_PKEY *key, const X509 *old, X509 **ret,
                struct err *err);

/* Appends a line for everything in which the certificate differs from the request and that its
 * owner should know. */
int issued_compare(X509 *certificate, const struct request *request, struct strings *ret_warnings,
                   struct err *err);

#endif
