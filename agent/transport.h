/* The agent's way to a server: one signet-fetch process for the SCEP server of an enrolment,
 * another for its challenge's, so that neither ever holds what is for the other. */
#ifndef SIGNET_AGENT_TRANSPORT_H
#define SIGNET_AGENT_TRANSPORT_H

#include "agent/route.h"
#include "base/io.h"
#include "profile/challenge.h"
#include "scep/client.h"

#include <sys/types.h>

#define TRANSPORT_TIMEOUT_MS 30000
/* For all exchanges with a profile's servers, which somebody holds a lock for: JOB_LOCK_WAIT_MS. */
#define TRANSPORT_TOTAL_MS 135000

struct transport {
    const char *fetch;  /* path of signet-fetch; borrowed, like all paths and texts here */
    const char *keytab; /* what it may use of Kerberos; NULL: nothing */
    int64_t timeout_ms; /* of one exchange; TRANSPORT_TIMEOUT_MS once it is open */
    deadline until;     /* of all of them together; 0: none */
    size_t limit;       /* of an answer; FETCH_BODY_MAX once it is open */

    /* Whom every call is from; nobody, unless set after it was opened. */
    enum challenge_auth auth;
    const char *user;
    const struct buf *secret;

    const struct route *route; /* NULL: straight there */
    bool follow;               /* redirects, on the same server */

    pid_t pid;
    bool dismissed; /* it is ending */
    struct io_lines lines;
};

/* Starts the process now, so that it loads its libraries while the caller makes a key. */
int transport_open(const char *fetch, const char *keytab, struct transport *ret, struct err *err);

/* The same, for a profile's SCEP servers: on ROUTE, which is borrowed, following redirects, and
 * for TRANSPORT_TOTAL_MS in all, however many of them hang. Takes the agent's standby when there is
 * one. */
int transport_open_scep(const struct agent *agent, const struct route *route, struct transport *ret,
                        struct err *err);

/* One exchange. After a failure the process is gone, and after the operation's last answer it ends
 * while the caller goes on: the next call starts another. */
int transport_call(struct transport *transport, const struct scep_http *call,
                   struct scep_answer *ret, struct err *err);

void transport_close(struct transport *transport);

#endif
