/* What may be a trust anchor. */
#ifndef SIGNET_STORE_ANCHOR_H
#define SIGNET_STORE_ANCHOR_H

#include "base/buf.h"

/* Is DER one certificate that may issue others: X.509 version 3, basicConstraints with CA true,
 * keyUsage (when there is one) with keyCertSign, no critical extension that OpenSSL does not know
 * (RFC 5280 section 4.2), and a signature of its own that verifies when it is self-signed? CONFIG
 * otherwise. WHAT names it in the error. Dates are not looked at: those who verify a chain do, each
 * time. */
int anchor_check(const struct buf *der, const char *what, struct err *err);

#endif
