/* The agent's way to a SCEP server: a signet-fetch process for each exchange. */
#ifndef SIGNET_AGENT_TRANSPORT_H
#define SIGNET_AGENT_TRANSPORT_H

#include "scep/client.h"

/* FETCH is the path of signet-fetch. One exchange takes at most TRANSPORT_TIMEOUT_MS. */
#define TRANSPORT_TIMEOUT_MS 30000

int transport_call(const char *fetch, const struct scep_http *call, struct scep_answer *ret,
                   struct err *err);

#endif
