/* Configuration profiles inside a CMS signature. */
#ifndef SIGNET_IMPORT_SIGNATURE_H
#define SIGNET_IMPORT_SIGNATURE_H

#include "base/buf.h"

#include <stdbool.h>

/* The content of a SignedData (RFC 5652 section 5), DER or BER. Its signature has to fit the
 * content, whoever made it: RET_SIGNER gets the names of the signers' certificates. CONFIG: another
 * kind of CMS, an encrypted profile among them; content that was changed after it was signed. */
int signature_unwrap(const void *data, size_t len, struct buf *ret_content, struct buf *ret_signer,
                     struct err *err);

#endif
