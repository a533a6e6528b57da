/* What the CA of an entry has on record: a certificate, or its revocation list. */
#ifndef SIGNET_AGENT_RECORD_H
#define SIGNET_AGENT_RECORD_H

#include "agent/agent.h"
#include "agent/engine.h"

struct record {
    const struct agent *agent;
    struct owner owner;
    const char *profile;
    const char *serial; /* of the certificate; NULL: the revocation list */
    enum engine_asker asker;
    agent_progress *progress; /* may be NULL */
    void *context;
};

/* Appends it as PEM. It is asked for with the entry's certificate, while that is of use. An entry
 * must be there. RET_REMARK is set, with CONFIG and a line, for a list that the CA should have
 * replaced by now: it still tells what was revoked until then. */
int record_get(const struct record *record, struct buf *ret, struct err *ret_remark,
               struct err *err);

#endif
