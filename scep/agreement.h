/* The key of an envelope that was agreed upon with an EC key (RFC 5753): what servers send to who
 * signs with one. By hand, because OpenSSL's CMS does not do it with a key in a TPM. */
#ifndef SIGNET_SCEP_AGREEMENT_H
#define SIGNET_SCEP_AGREEMENT_H

#include "scep/enveloped.h"
#include "scep/signer.h"
#include "scep/strength.h"

/* Appends the content-encryption key that ENVELOPE holds for SIGNER, whose key is an EC key. CONFIG
 * says what of it cannot be done, or is too weak. */
int agreement_open(const ENVELOPE *envelope, const struct signer *signer,
                   const struct strength *strength, struct buf *ret, struct err *err);

#endif
