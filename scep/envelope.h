/* The EnvelopedData (RFC 5652 section 6) in an answer. */
#ifndef SIGNET_SCEP_ENVELOPE_H
#define SIGNET_SCEP_ENVELOPE_H

#include "scep/signer.h"
#include "scep/strength.h"

/* Appends what DER holds for SIGNER, when its cipher is strong enough. RET_DES: it was encrypted
 * with single DES. Debian's scepserver and step-ca do so whatever they were asked with; a profile
 * may let it pass, because an answer holds public certificates, under a signature of its own. */
int envelope_open(const struct buf *der, const struct signer *signer,
                  const struct strength *strength, struct buf *ret, bool *ret_des, struct err *err);

#endif
