/* Where a key is made and kept: in the TPM or in a file. */
#ifndef SIGNET_AGENT_STORAGE_H
#define SIGNET_AGENT_STORAGE_H

#include "profile/profile.h"
#include "profile/request.h"
#include "store/tpm.h"

/* A new key as the request wants it, where STORAGE says; PIN is looked at for tpm-pin only, where
 * NULL is CONFIG. With tpm-or-software: in software where
 * there is no TPM or it makes no such keys, but not because of its bad moment (RETRY), nor while
 * its driver may still be on its way after a start. */
int storage_make_key(enum key_storage storage, const struct request *request, const struct buf *pin,
                     EVP_PKEY **ret, struct err *err);

/* Is there something to say about a key that was made in software? WHY is what. */
bool storage_remark(enum key_storage storage, const struct request *request, struct err *why);

#endif
