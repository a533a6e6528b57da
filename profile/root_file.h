/* Certificate files, without a cryptographic library: exactly one certificate, in DER or PEM, that
 * says it is a CA. */
#ifndef SIGNET_PROFILE_ROOT_FILE_H
#define SIGNET_PROFILE_ROOT_FILE_H

#include "base/buf.h"

#define ROOT_FILE_MAX (64u * 1024)

/* Text before and after a PEM block is passed over (RFC 7468 section 2). CONFIG says what the file
 * holds instead: several certificates, a private key, a PKCS#7 bundle, no CA. A version 1
 * certificate cannot say that it is a CA (RFC 5280 section 4.2.1.9), so it passes here. Signatures
 * are not looked at. */
int root_file_decode(const void *data, size_t len, struct buf *ret_der, struct err *err);

#endif
