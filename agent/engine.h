/* What is due for one entry. Pure: what is known and the time go in, what to do comes out. */
#ifndef SIGNET_AGENT_ENGINE_H
#define SIGNET_AGENT_ENGINE_H

#include "store/entry.h"

#include <stdbool.h>

/* A user has a server asked about one entry once in so many seconds at most. */
#define ENGINE_USER_PAUSE 60

/* The daemon wakes when something is due. Whoever finds a renewal or a poll that was due more
 * seconds ago than this was off or asleep, and with it perhaps a thousand others. */
#define ENGINE_LATE 120

/* Except for a request that was killed at its work: to finish that is due at once, for so long. */
#define ENGINE_CRASHED (20 * 60)

/* A request that has reached its poll limit is asked about once more, this much later. */
#define ENGINE_LAST_POLL (60 * 60)

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
    bool has_certificate; /* a current generation that can be read; the next five are about it */
    int64_t not_before;
    int64_t not_after;
    int64_t obtained; /* when it came, by the clock of that time; 0: nobody knows */
    int64_t renew_at; /* schedule_renewal() */
    char wish[65];    /* what it was asked for with */

    char wanted[65]; /* digest of what the profile asks for now */
    bool needs_pin;  /* for all but a poll, and nobody has given one */
};

/* Who is asking, and so how eager to be. A server's own wish (not_before) holds for the first
 * three. */
enum engine_mode {
    ENGINE_DUE,     /* the clock: waits for next_attempt */
    ENGINE_ROUTINE, /* a policy cycle that the clock began, at boot too, or a sign-in: a moment that
                       many machines may share. Where there is a working certificate, what is due
                       gets a moment of its own; else without waiting */
    ENGINE_CYCLE,   /* somebody wants a cycle, or conf.d has changed: does what is due without
                       waiting for a back-off to end; polls keep their pace */
    ENGINE_ENROL,   /* as that, and a person waits: polls once in ENGINE_USER_PAUSE */
    ENGINE_RENEW,   /* a person wants a new certificate now */
};

enum engine_action {
    ACTION_NONE,
    ACTION_ENROL, /* a first certificate, or one for an edited profile, or after expiry: with
                     challenge */
    ACTION_RENEW, /* signed with the old key */
    ACTION_POLL,  /* ask what became of a pending request */
    ACTION_DEFER, /* ask nobody; engine_defer() */
    ACTION_PIN,   /* tell its user that nothing goes on without a PIN */
};

struct engine_decision {
    enum engine_action action;
    enum engine_action next; /* with ACTION_NONE: what comes next, and when (ACTION_NONE: nothing);
                                with ACTION_DEFER: what is put off */
    int64_t when;
};

struct engine_decision engine_decide(const struct engine_view *view, enum engine_mode mode,
                                     int64_t now);

/* Gives what is overdue a moment of its own: schedule_late(). Once; whoever finds it overdue again
 * does it, so that a machine that is never on for long gets there too. */
void engine_defer(struct entry_state *state, int64_t not_after, int64_t interval, uint64_t seed,
                  int64_t now);

/* May the key of the request under way be used again, so that a retry is the same transaction? */
bool engine_same_transaction(const struct engine_view *view);

/* Does it have what the profile asks for, and is that not past its end? */
bool engine_works(const struct engine_view *view, int64_t now);

/* Is the certificate that is there all that is wanted, while the state still tells of a request or
 * a failure that has lost its point? An edit was taken back, a variable has its value again, a
 * state.json was lost, a clock that was years ahead was set right. Then EVENT_ISSUED is what became
 * of it. */
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

/* How fast to go on. */
struct engine_pace {
    int64_t interval;      /* [agent] interval: the longest step of a back-off */
    int64_t poll_interval; /* of the profile; 0: slower and slower */
    int64_t poll_limit;    /* of the profile; 0: none */
    int64_t retry_after;   /* seconds for which the server wants to be left alone; 0: it has not
                              said. Believed up to ENGINE_POSTPONE_MAX */
    int64_t not_after;     /* of the current certificate; 0: there is none. A server's wish, which
                              nobody has signed, takes half of what is left of it at most */
    uint64_t seed;
};

/* The state after EVENT. REASON is the error's line for a failure, why for EVENT_BLOCKED and
 * EVENT_PIN, a remark or "" for the others. A request that has been pending for the poll limit is
 * given up when two polls after that have not ended it, whatever became of them: a machine that was
 * off for weeks, or whose clock leapt for a moment, has not asked all that time. Next is a new
 * transaction. Each one that comes to nothing, refused or given up, makes the back-off before the
 * next one longer, until one succeeds. */
void engine_after(struct entry_state *state, enum engine_event event, const char *reason,
                  const struct engine_pace *pace, int64_t now);

/* Until when a pending request is asked about; 0: for ever, or nothing is pending. */
int64_t engine_pending_until(const struct entry_state *state, int64_t poll_limit);

/* After a failure of what only its user can try again, with a PIN: no attempt is planned. A request
 * that waits for approval goes on being polled. */
void engine_leave_to_user(struct entry_state *state);

/* SETUP (setup_digest()) is how its servers are asked from here on. What failed when they were asked
 * in another way is no reason to wait any more: somebody has mended it, or tried to. A server's own
 * wish still holds. */
void engine_set_up(struct entry_state *state, const char *setup, int64_t now);

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
