/* What is due for one entry. Pure: what is known and the time go in, what to do comes out. */
#ifndef SIGNET_AGENT_ENGINE_H
#define SIGNET_AGENT_ENGINE_H

#include "store/entry.h"

#include <stdbool.h>

/* A user has a server asked about one entry once in so many seconds at most. */
#define ENGINE_USER_PAUSE 60

/* No server has us wait any longer (seconds). */
#define ENGINE_POSTPONE_MAX (24 * 60 * 60)

/* On whose behalf a server is asked. */
enum engine_asker {
    ASKER_ROOT,    /* at any time: the clock does not ask, and this is no back-off */
    ASKER_SIGN_IN, /* nobody's wish: after a failure a pause is kept, as every try may cost a
                      one-time password; but what has not failed is asked for at once */
    ASKER_USER,    /* a loop around `signet renew` must not burden the CA */
};

/* What is known of an entry. */
struct engine_view {
    struct entry_state state;
    bool has_certificate; /* a current generation that can be read; the next four are about it */
    int64_t not_before;
    int64_t not_after;
    int64_t renew_at; /* schedule_renewal() */
    char wish[65];    /* what it was asked for with */

    char wanted[65]; /* digest of what the profile asks for now */
    bool needs_pin;  /* for all but a poll, and nobody has given one */
};

/* Who is asking, and so how eager to be. */
enum engine_mode {
    ENGINE_DUE,   /* the clock: waits for next_attempt */
    ENGINE_CYCLE, /* a policy cycle or a sign-in: does what is due without waiting for a back-off to
                     end */
    ENGINE_RENEW, /* a person wants a new certificate now */
};

enum engine_action {
    ACTION_NONE,
    ACTION_ENROL, /* a first certificate, or one for an edited profile, or after expiry: with
                     challenge */
    ACTION_RENEW, /* signed with the old key */
    ACTION_POLL,  /* ask what became of a pending request */
    ACTION_PIN,   /* tell its user that nothing goes on without a PIN */
};

struct engine_decision {
    enum engine_action action;
    enum engine_action next; /* with ACTION_NONE: what comes next, and when; ACTION_NONE: nothing */
    int64_t when;
};

struct engine_decision engine_decide(const struct engine_view *view, enum engine_mode mode,
                                     int64_t now);

/* May the key of the request under way be used again, so that a retry is the same transaction? */
bool engine_same_transaction(const struct engine_view *view);

/* Is the certificate that is there all that is wanted, while the state still tells of a request or
 * a failure that has lost its point? An edit was taken back, a variable has its value again, a
 * state.json was lost. Then EVENT_ISSUED is what became of it. */
bool engine_has_settled(const struct engine_view *view, enum engine_mode mode, int64_t now);

enum engine_event {
    EVENT_STARTED,
    EVENT_ISSUED,
    EVENT_PENDING,
    EVENT_FAILED,    /* the same request may be sent again */
    EVENT_UNREACHED, /* as FAILED, and no server has answered anything */
    EVENT_REFUSED,   /* the CA has said no, or made what we do not take: what comes next is a new
                        transaction */
    EVENT_UNMET,     /* as FAILED, before anything was asked: a variable has no value here */
    EVENT_BLOCKED,   /* nothing can be asked: the trusted root is not there */
    EVENT_PIN,       /* nothing can be asked before the user gives a PIN */
};

/* The state after EVENT. REASON is the error's line for a failure, why for EVENT_BLOCKED and
 * EVENT_PIN, a remark or "" for the others. */
void engine_after(struct entry_state *state, enum engine_event event, const char *reason,
                  int64_t interval, uint64_t seed, int64_t now);

/* After a failure of what only its user can try again, with a PIN: no attempt is planned. A request
 * that waits for approval goes on being polled. */
void engine_leave_to_user(struct entry_state *state);

/* A server wants to be left alone for SECONDS: what comes next comes no earlier. A day of
 * it is believed at most; 0 changes nothing, nor does what is less than the step of the back-off.
 */
void engine_postpone(struct entry_state *state, int64_t seconds, int64_t now);

/* When this one may have a server asked again about the entry, seconds since 1970; NOW or before:
 * now. */
int64_t engine_may_ask(const struct entry_state *state, enum engine_asker asker, int64_t now);

/* Is another certificate wanted than the one that is there, which the state tells nothing of: the
 * profile was edited, or a variable has another value, and no cycle has come since? */
bool engine_is_news(const struct engine_view *view);

/* The word for people: see PROTOCOL.md. Static. */
const char *engine_state_name(const struct engine_view *view, int64_t now);

/* Since when that is so; 0: nobody knows. */
int64_t engine_state_since(const struct engine_view *view, int64_t now);

#endif
