/* EnvelopedData as servers make it, and as they should not. */
#ifndef SIGNET_TESTS_CA_WRAP_H
#define SIGNET_TESTS_CA_WRAP_H

#include "scep/openssl.h"

/* Each appends CONTENT, encrypted to the certificate; false when it cannot. */
bool wrap_usual(const struct buf *content, X509 *to, struct buf *ret);
bool wrap_ber(const struct buf *content, X509 *to, struct buf *ret); /* of indefinite length */
bool wrap_des(const struct buf *content, X509 *to, struct buf *ret); /* RSA only */

#endif
