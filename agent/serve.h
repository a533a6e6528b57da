/* One connection: a request line in, progress and one result out. */
#ifndef SIGNET_AGENT_SERVE_H
#define SIGNET_AGENT_SERVE_H

#include "agent/agent.h"

#include <sys/socket.h>

/* How long a peer can hold up its process, in milliseconds. */
struct serve_limits {
    int64_t request; /* who connects must speak */
    int64_t step;    /* of its work, after which what hangs is ended: proc_end_after(); 0: never */
    int64_t write;   /* who asked must read; else the work goes on in silence */
};
extern const struct serve_limits serve_limits;

/* Returns an exit status: 0 when the request was served, whatever its result. RET_NEXT: when there
 * is something to do again for what it was about; 0: nothing is known. */
int serve_connection(int fd, const struct ucred *peer, struct agent *agent,
                     const struct serve_limits *limits, int64_t *ret_next);

#endif
