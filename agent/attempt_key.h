/* The keys of an attempt: the one that a certificate is asked for, and those that sign the messages
 * about it. */
#ifndef SIGNET_AGENT_ATTEMPT_KEY_H
#define SIGNET_AGENT_ATTEMPT_KEY_H

#include "agent/attempt.h"

#include <openssl/x509.h>

/* Zeroed is empty. */
struct attempt_keys {
    /* Of the request under way, or a new one, which outlives us from here on. For a poll that has
     * no leave to use its key, the public half. */
    EVP_PKEY *key;
    /* What signs a renewal, and the polls after it: the current certificate and its key. NULL:
     * nothing old signs. A key that nothing can be signed with any more, as after the TPM was
     * exchanged, must not leave the owner without a certificate for good: then both are NULL, and a
     * renewal becomes ACTION_ENROL, as for the first one. */
    X509 *old;
    EVP_PKEY *old_key;
    EVP_PKEY *message_key; /* has signed the request that is polled for; NULL: none */
};

void attempt_keys_free(struct attempt_keys *keys);

int attempt_keys_take(struct attempt *attempt, struct attempt_keys *ret, struct err *err);

/* Who has signed the request that RESULT of OPERATION says is pending, for the polls: into the
 * entry, and into the state that is yet to be written. */
int attempt_keys_keep(struct attempt *attempt, const struct scep_operation *operation,
                      const struct scep_result *result, struct err *err);

#endif
