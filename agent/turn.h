/* Whose turn it is to ask a server: [agent] max-requests of them at a time. */
#ifndef SIGNET_AGENT_TURN_H
#define SIGNET_AGENT_TURN_H

#include "agent/agent.h"

enum turn_share {
    TURN_ANY,
    TURN_HALF, /* of the turns, so that some are left for what certificates depend on */
};

/* Called when there is something to wait for, with what it is. */
typedef void turn_progress(void *context, const char *text);

/* Waits for a turn, as long as for an entry's lock. RET_FD: to be closed when it is over. RETRY: it
 * did not come. */
int turn_take(const struct agent *agent, enum turn_share share, turn_progress *progress,
              void *context, int *ret_fd, struct err *err);

#endif
