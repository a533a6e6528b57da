/* The EnvelopedData (RFC 5652 section 6) in an answer. */
#ifndef SIGNET_SCEP_ENVELOPE_H
#define SIGNET_SCEP_ENVELOPE_H

#include "scep/signer.h"
#include "scep/strength.h"

/* What is worth knowing of an envelope besides its content. */
struct envelope_marks {
    /* It was encrypted with single DES. Debian's scepserver and step-ca do so whatever they were
     * asked with; a profile may let it pass, because an answer holds public certificates, under a
     * signature of its own. */
    bool des;
    /* It was not opened, because its key was agreed upon with an EC key in a way that is not known
     * here, or is too weak. A signer with an RSA key may fare better. */
    bool not_agreed;
};

/* Appends what DER holds for SIGNER, when its cipher is strong enough. RET_MARKS are set on failure
 * too. */
int envelope_open(const struct buf *der, const struct signer *signer,
                  const struct strength *strength, struct buf *ret,
                  struct envelope_marks *ret_marks, struct err *err);

#endif
