/* What the profile's roots vouch for. Nothing else counts: not the system's trust store, not first
 * use. */
#ifndef SIGNET_SCEP_TRUST_H
#define SIGNET_SCEP_TRUST_H

#include "scep/openssl.h"

/* Does CERTIFICATE chain to one of ROOTS, now, over any of OTHERS (may be NULL)? RET_CHAIN (may be
 * NULL) gets the issuers, nearest first, without a self-signed root. CONFIG names the certificate
 * and OpenSSL's reason. */
int trust_check(X509 *certificate, STACK_OF(X509) *others, STACK_OF(X509) *roots,
                STACK_OF(X509) **ret_chain, struct err *err);

/* Those of CERTIFICATES that chain to ROOTS. When there is none, the first one's error. */
int trust_filter(STACK_OF(X509) *certificates, STACK_OF(X509) *roots, STACK_OF(X509) **ret,
                 struct err *err);

#endif
