/* SHA-256 in hex. */
#ifndef SIGNET_TRUST_DIGEST_H
#define SIGNET_TRUST_DIGEST_H

#include "base/buf.h"

#define DIGEST_TEXT 65 /* with the zero at the end */

int digest_text(const struct buf *data, char ret[DIGEST_TEXT], struct err *err);

#endif
