#include "agent/turn.h"

#include "agent/job.h"

int turn_take(const struct agent *agent, enum turn_share share, turn_progress *progress,
              void *context, int *ret_fd, struct err *err)
{
    unsigned all = agent->profiles.settings.max_requests;
    unsigned n = share == TURN_HALF ? (all + 1) / 2 : all;
    int rc = store_turn(&agent->store, n, deadline_in(0), ret_fd, err);
    if (rc != -ERR_RETRY)
        return rc;
    progress(context, "waiting for other requests to end");
    return store_turn(&agent->store, n, deadline_in(JOB_LOCK_WAIT_MS), ret_fd, err);
}
