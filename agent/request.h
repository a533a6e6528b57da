/* The one line that a peer says (PROTOCOL.md), and whether that peer may say it. */
#ifndef SIGNET_AGENT_REQUEST_H
#define SIGNET_AGENT_REQUEST_H

#include "base/json.h"
#include "base/pin.h"
#include "store/entry.h"

enum agent_op {
    OP_SIGN_IN,
    OP_CYCLE,
    OP_LIST,
    OP_ENROLL,
    OP_RENEW,
    OP_REMOVE,
    OP_GET_CERT,
    OP_GET_CRL,
    OP_PIN
};

#define REQUEST_MAX        (64u * 1024)
#define REQUEST_SERIAL_MAX 64 /* bytes */

struct agent_request {
    enum agent_op op;
    bool everyone; /* all owners; else `owner` */
    struct owner owner;
    char profile[ENTRY_NAME_MAX + 1]; /* "": all */
    unsigned wait;                    /* seconds */
    bool certificates;
    char serial[REQUEST_SERIAL_MAX + 1]; /* of get-cert */
    struct buf pin;                      /* OP_PIN; else empty */
};

void request_end(struct agent_request *request);

/* PEER decides what an absent uid means, and is held against a uid that is there: a request for
 * someone else is DENIED. What is wrong with TEXT is told without any of it: it may hold a PIN. */
int request_parse(const char *text, size_t len, uid_t peer, struct agent_request *ret,
                  struct err *err);

#endif
