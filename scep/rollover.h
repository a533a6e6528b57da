/* The certificate that a CA will have when its present one ends: GetNextCACert (RFC 8894 section
 * 4.7). */
#ifndef SIGNET_SCEP_ROLLOVER_H
#define SIGNET_SCEP_ROLLOVER_H

#include "scep/openssl.h"
#include "scep/strength.h"

#include <stdint.h>

/* Is less than a fifth of the CA's lifetime left at NOW (seconds since 1970)? No certificate
 * outlives the CA that issued it, and it is renewed in the last part of its own life at the latest;
 * so whoever asks at each renewal is sure to ask once in that time, and not before the CA has
 * something to tell. */
bool rollover_is_near(const X509 *ca, int64_t now);

/* The certificates in BODY: a SignedData with a certs-only SignedData in it, signed by one of CAS,
 * the present ones. RET: that CA first, then what is new, with a CA among it that ends no earlier.
 * Anything else is CONFIG; certificates beside the signature are none of what it vouches for. An
 * older answer played again is believed as the newest: whoever keeps it has to compare. */
int rollover_open(const struct buf *body, STACK_OF(X509) *cas, const struct strength *strength,
                  STACK_OF(X509) **ret, struct err *err);

#endif
