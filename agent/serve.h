/* One connection: a request line in, progress and one result out. */
#ifndef SIGNET_AGENT_SERVE_H
#define SIGNET_AGENT_SERVE_H

#include "agent/agent.h"

#include <sys/socket.h>

/* Returns an exit status: 0 when the request was served, whatever its result. */
int serve_connection(int fd, const struct ucred *peer, struct agent *agent);

#endif
