/* Can a key open what is encrypted to its certificate? */
#ifndef SIGNET_SCEP_OPENABLE_H
#define SIGNET_SCEP_OPENABLE_H

#include "scep/openssl.h"

/* A key in a TPM may be made for signatures only; nothing tells but a try, which is made. One in
 * software can. */
bool openable_with(EVP_PKEY *key);

#endif
