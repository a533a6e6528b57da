/* What a webhook answers when it was asked for a challenge: pure. */
#ifndef SIGNET_AGENT_WEBHOOK_H
#define SIGNET_AGENT_WEBHOOK_H

#include "base/buf.h"

#define WEBHOOK_ANSWER_MAX 65536u

/* Appends the challenge of BODY: {"challenge": "..."}, or one line of plain text. CONFIG when it is
 * neither; nothing of it is repeated. */
int webhook_challenge(const struct buf *body, struct buf *ret, struct err *err);

#endif
