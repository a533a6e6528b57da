/* The agent's way to a SCEP server: one signet-fetch process per enrolment. */
#ifndef SIGNET_AGENT_TRANSPORT_H
#define SIGNET_AGENT_TRANSPORT_H

#include "base/io.h"
#include "scep/client.h"

#include <sys/types.h>

#define TRANSPORT_TIMEOUT_MS 30000

struct transport {
    const char *fetch;  /* path of signet-fetch; borrowed */
    int64_t timeout_ms; /* of one exchange; TRANSPORT_TIMEOUT_MS once it is open */
    pid_t pid;
    struct io_lines lines;
};

/* Starts the process now, so that it loads its libraries while the caller makes a key. */
int transport_open(const char *fetch, struct transport *ret, struct err *err);

/* One exchange. After a failure the process is gone, and the next call starts another. */
int transport_call(struct transport *transport, const struct scep_http *call,
                   struct scep_answer *ret, struct err *err);

void transport_close(struct transport *transport);

#endif
