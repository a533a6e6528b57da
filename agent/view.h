/* What is known of one entry, read from the store: the engine's view and the words for people. */
#ifndef SIGNET_AGENT_VIEW_H
#define SIGNET_AGENT_VIEW_H

#include "agent/agent.h"
#include "agent/engine.h"
#include "base/sha256.h"

struct view {
    struct engine_view engine;
    unsigned generation; /* current one; 0: none */
    json_t *meta;        /* of the current generation; NULL: none */
};

void view_free(struct view *view);

/* Reads state and current generation. A generation that cannot be read, or whose key is not the
 * certificate's, counts as none, and the reason says so: that is how a damaged entry heals. The
 * generation SOUND, which this process has itself just written, is not judged (0: there is none).
 * WANTED (hex digest) may be "" when nothing is wanted. That nobody has given a PIN is assumed. */
int view_read(const struct entry *entry, const struct profile *profile, const char *wanted,
              unsigned sound, struct view *ret, struct err *err);

/* The share of the spread of renewals (schedule_renewal()) that the entry's next certificate gets:
 * the current one's, or one drawn anew. */
int64_t view_share(const struct view *view);

/* Hex SHA-256 of what the profile wants for these attributes: profile_wish(). */
int view_wish(const struct profile *profile, const struct request *request, char ret[SHA256_HEX],
              struct err *err);

/* Appends the ENTRY object of PROTOCOL.md to LIST. USER: the owner's name, NULL for the device.
 * Without a PROFILE it is not applicable, unless it waits for its root. */
int view_report(const struct view *view, const struct entry_id *id, const char *user,
                const struct profile *profile, int64_t now, json_t *list, struct err *err);

#endif
