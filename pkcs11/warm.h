/* OpenSSL, and the name service, made ready before the first peer comes. */
#ifndef SIGNET_PKCS11_WARM_H
#define SIGNET_PKCS11_WARM_H

#include "base/err.h"

/* Goes once through what a connection does (reads a certificate and a key, signs and decrypts with
 * each kind of mechanism), with keys that are thrown away, and asks NSS a first question: what is
 * set up on first use is then inherited by every child. */
int warm_up(struct err *err);

#endif
