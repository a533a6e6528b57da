/* A one-time challenge that was fetched and that no CA has seen: the server could not be reached,
 * or who stands before the CA answered with an HTTP error. The retry of the same transaction uses
 * it, as a Microsoft server has five of them at a time and no more. It is a secret: it stands in
 * the entry's pending/ between two tries, and nowhere else. */
#ifndef SIGNET_AGENT_KEPT_H
#define SIGNET_AGENT_KEPT_H

#include "profile/challenge.h"
#include "store/entry.h"

/* Seconds after which it is thrown away: a Microsoft server's own end of a password. */
#define KEPT_MAX_AGE 3600

struct kept {
    struct buf challenge; /* empty: none was fetched, or none that is kept */
    int64_t fetched;
    bool spent; /* a CA has seen it */
};

void kept_free(struct kept *kept);

/* Is a challenge of this source good for one use, as far as anybody knows? */
bool kept_wanted(const struct challenge_source *source);

/* Takes it out of the entry, wiped, where it is of this source and transaction and not too old: 1,
 * else 0. What is there and does not fit is wiped too, and what cannot be read counts as none. */
int kept_take(struct entry *entry, const struct challenge_source *source,
              const char *transaction_id, int64_t now, struct kept *ret);

/* Puts it back, unless it is spent. */
int kept_put(struct entry *entry, const struct challenge_source *source, const char *transaction_id,
             const struct kept *kept, struct err *err);

/* Wipes one that is too old. */
void kept_sweep(struct entry *entry, int64_t now);

#endif
