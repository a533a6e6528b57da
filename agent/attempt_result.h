/* What becomes of a certificate that came. */
#ifndef SIGNET_AGENT_ATTEMPT_RESULT_H
#define SIGNET_AGENT_ATTEMPT_RESULT_H

#include "agent/attempt.h"

/* Puts it into the entry as its next generation, and keeps what the CA has said comes after it.
 * OWN_MS: how long all took that was neither the key, the server nor the challenge. */
int attempt_result_install(struct attempt *attempt, const struct scep_result *result,
                           int64_t own_ms, struct err *err);

/* It is not kept, and the one before goes on working: fills ERR with why, and returns negative. The
 * CA has answered, so there is nothing more to ask it in this transaction. */
int attempt_result_reject(struct attempt *attempt, const struct scep_result *result,
                          struct err *err);

#endif
