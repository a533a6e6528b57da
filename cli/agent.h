/* The client of agent.sock (agent/PROTOCOL.md). */
#ifndef SIGNET_CLI_AGENT_H
#define SIGNET_CLI_AGENT_H

#include "base/clock.h"
#include "base/json.h"
#include "cli/cli.h"

/* Sends REQUEST and returns the result object, which the caller frees. Where no agent listens on
 * RUN/agent.sock, starts one for this request alone, on one end of a socket pair, with the same
 * --conf, --store and --run; so everything works without a daemon too, as far as the person typing
 * may read the store. 0 means that there is a result, be it an error: see agent_outcome(). */
int agent_call(const struct cli *cli, const json_t *request, json_t **ret_result, struct err *err);

/* The conversation alone, on a connected socket. SHOW (may be NULL) gets each step, as plain text.
 */
int agent_talk(int fd, const json_t *request, deadline until,
               void (*show)(void *context, const char *text), void *context, json_t **ret_result,
               struct err *err);

/* The path of another of our programs, for the caller to free: what --agent names tells where, and
 * else where all of them are installed. NULL: out of memory. */
char *agent_beside(const struct cli *cli, const char *program);

/* What the result means: 0, or its class with its message. */
int agent_outcome(const json_t *result, struct err *err);

#endif
