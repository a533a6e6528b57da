/* Elliptic curve Diffie-Hellman with a key in software or in a TPM. */
#ifndef SIGNET_SCEP_ECDH_H
#define SIGNET_SCEP_ECDH_H

#include "scep/enveloped.h"

/* The other side's key, which has to be on OURS's curve: CONFIG when it is not. */
int ecdh_peer(EVP_PKEY *ours, const ORIGINATOR_KEY *theirs, EVP_PKEY **ret, struct err *err);

/* Appends what both have in common, as many bytes as the curve's field has. */
int ecdh_derive(EVP_PKEY *ours, EVP_PKEY *theirs, struct buf *ret, struct err *err);

/* Does the key do it? A try tells. */
bool ecdh_works(EVP_PKEY *key);

#endif
