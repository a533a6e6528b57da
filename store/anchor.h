/* Is a certificate fit to be a trust anchor? */
#ifndef SIGNET_STORE_ANCHOR_H
#define SIGNET_STORE_ANCHOR_H

#include "base/buf.h"

/* 0 for one CA certificate in DER (RFC 5280 section 4.2.1.9: basicConstraints with cA TRUE). CONFIG otherwise, WHAT (a file) first. */
int anchor_check(const struct buf *der, const char *what, struct err *err);

#endif
