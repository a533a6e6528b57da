/* The EnvelopedData (RFC 5652 section 6) in an answer. */
#ifndef SIGNET_SCEP_ENVELOPE_H
#define SIGNET_SCEP_ENVELOPE_H

#include "scep/signer.h"

/* Appends what DER holds for SIGNER. RET_DES: it was encrypted with single DES. Debian's scepserver
 * and step-ca do so whatever they were asked with; it is let pass because an answer holds public
 * certificates, under a signature of its own. */
int envelope_open(const struct buf *der, const struct signer *signer, struct buf *ret,
                  bool *ret_des, struct err *err);

#endif
