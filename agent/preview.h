/* What a profile would request for someone, told without asking any server (PREVIEW.md). No store,
 * no network: only the sources of variables are asked. */
#ifndef SIGNET_AGENT_PREVIEW_H
#define SIGNET_AGENT_PREVIEW_H

#include "agent/agent.h"
#include "base/json.h"

/* All is borrowed. */
struct preview {
    const struct agent *agent;     /* its profiles are loaded; no store is open */
    const struct profile *profile; /* a SCEP profile of these */
    struct owner owner;
    const char *user;                  /* the owner's name; NULL: the device */
    const struct candidate *candidate; /* of the owner; NULL: not known, and */
    const struct err *unknown;         /* why */
};

/* A new object as PREVIEW.md has it. What keeps a request from being made, such as a variable
 * without a value, is told in it and no error here; RET_REQUEST then stays as it is. */
int preview_describe(const struct preview *preview, json_t **ret, struct request *ret_request,
                     struct err *err);

/* DER of the request as a server would get it, for a key that nobody keeps, and without the
 * challenge. */
int preview_csr(const struct request *request, struct buf *ret, struct err *err);

/* Makes OBJECT one that tells of a failure: result, class and message (PROTOCOL.md). */
void preview_fail(json_t *object, const struct err *why);

/* Which problems of conf.d are told: all of them, or, where FILE is not NULL, those of the section
 * there that begins at LINE. */
struct preview_scope {
    bool all;
    const char *file;
    unsigned line;
};

/* A new object for a profile that cannot be told at all. */
json_t *preview_nothing(const struct err *why, const struct profile_set *set,
                        const struct preview_scope *scope);

#endif
