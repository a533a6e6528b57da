/* The keys of an attempt: the one that a certificate is asked for, and the one that signs a
 * renewal.
 */
#ifndef SIGNET_AGENT_ATTEMPT_KEY_H
#define SIGNET_AGENT_ATTEMPT_KEY_H

#include "agent/attempt.h"

#include <openssl/x509.h>

/* The key of the request under way, or a new one, which outlives us from here on. For a poll that
 * has no leave to use its key, RET is the public half. */
int attempt_key_take(struct attempt *attempt, EVP_PKEY **ret, struct err *err);

/* What signs a renewal: the current certificate and its key. A key that no renewal can be signed
 * with any more, as after the TPM was exchanged, must not leave the owner without a certificate for
 * good: then both stay as they are, and the action becomes ACTION_ENROL, as for the first one. */
int attempt_key_old(struct attempt *attempt, X509 **ret_certificate, EVP_PKEY **ret_key,
                    struct err *err);

#endif
