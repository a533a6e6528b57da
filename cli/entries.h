/* Asking the agent about certificates, and what of its answer is the same for every verb. */
#ifndef SIGNET_CLI_ENTRIES_H
#define SIGNET_CLI_ENTRIES_H

#include "base/json.h"
#include "cli/cli.h"

/* {"op": OP} with the owner, the profile and the PIN that the command line named. */
int entries_request(const struct cli *cli, const char *op, json_t **ret, struct err *err);

/* Asks, and leaves in the answer only what has the tag that the command line named. With --json
 * prints the answer (or the error that there was instead of one) on standard output; without,
 * conf.d's problems on standard error. 0 means that there is an answer, be it an error: see
 * agent_outcome(). */
int entries_ask(const struct cli *cli, const char *op, json_t **ret_result, struct err *err);

/* As entries_ask() for "list", but an error in the answer is the error. */
int entries_list(const struct cli *cli, json_t **ret_result, struct err *err);

/* What there is, as RENDER has it, on standard output; with --json as the agent answered. */
typedef int entries_renderer(const json_t *entries, const struct screen *screen, struct buf *ret,
                             struct err *err);
int entries_show(const struct cli *cli, entries_renderer *render, struct err *err);

/* The array in a result, borrowed; NULL, which jansson takes for an empty one, when there is none.
 */
const json_t *entries_of(const json_t *result);

/* Takes out the entries without this scope tag. */
void entries_keep_tag(json_t *result, const char *tag);

/* One line of JSON on standard output. */
int entries_print_json(const json_t *value, struct err *err);

/* No answer: the error in the form that an answer of the agent's would have had. */
void entries_print_error(const struct err *error);

#endif
