#include "agent/engine.h"

#include "agent/schedule.h"

#include <stdio.h>
#include <string.h>

static bool under_way(const struct engine_view *view)
{
    return view->state.phase == PHASE_REQUESTING || view->state.phase == PHASE_PENDING;
}

bool engine_same_transaction(const struct engine_view *view)
{
    return under_way(view) && strcmp(view->state.wish, view->wanted) == 0;
}

static bool is_edited(const struct engine_view *view)
{
    return strcmp(view->wish, view->wanted) != 0;
}

/* The same, where it is known what is wanted. */
static bool wants_another(const struct engine_view *view)
{
    return view->has_certificate && view->wanted[0] && is_edited(view);
}

bool engine_works(const struct engine_view *view, int64_t now)
{
    return view->has_certificate && !is_edited(view) && now < view->not_after;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A minute is no more than a clock being kept right. */
static bool is_ahead(int64_t moment, int64_t now)
{
    return moment > now + SCHEDULE_FIRST_RETRY;
}

/* WHEN, which was decided at state->planned: what a clock that was years ahead has planned must not
 * let anybody wait for years. */
static int64_t believable(const struct entry_state *state, int64_t when, int64_t now)
{
    return is_ahead(state->planned, now) ? 0 : when;
}

/* Is a request under way that is to be brought to its end, due or not? What was asked while the
 * clock was ahead had no other reason than that, unless the CA has it before its clerk. */
static bool goes_on(const struct engine_view *view, int64_t now)
{
    return engine_same_transaction(view) &&
           (view->state.phase == PHASE_PENDING || !is_ahead(view->state.asked, now));
}

static int64_t rested(const struct engine_view *view, int64_t now)
{
    bool known = view->obtained > 0 && !is_ahead(view->obtained, now);
    return known ? view->obtained + schedule_rest(view->not_after - view->obtained) : 0;
}

/* What the entry needs, leaving back-off aside, and since or from when. */
static enum engine_action need(const struct engine_view *view, enum engine_mode mode, int64_t now,
                               int64_t *ret_from)
{
    *ret_from = now;
    if (view->state.phase == PHASE_PENDING && engine_same_transaction(view))
        return ACTION_POLL;
    if (!view->has_certificate || is_edited(view))
        return ACTION_ENROL;
    if (goes_on(view, now))
        *ret_from = view->state.asked < now ? view->state.asked : now;
    else if (mode != ENGINE_RENEW)
        *ret_from = later(now >= view->not_after ? now : view->renew_at, rested(view, now));
    return now >= view->not_after ? ACTION_ENROL : ACTION_RENEW;
}

/* Before when nobody is asked in this mode. */
static int64_t wait_until(const struct engine_view *view, enum engine_mode mode,
                          enum engine_action action, int64_t now)
{
    const struct entry_state *state = &view->state;
    int64_t planned = believable(state, state->next_attempt, now);
    int64_t wished = believable(state, state->not_before, now);
    /* Polls keep their pace: the CA's clerk is not faster for our asking. */
    bool poll = action == ACTION_POLL;
    switch (mode) {
    case ENGINE_DUE:
        return later(planned, wished);
    case ENGINE_ROUTINE:
        return poll || engine_works(view, now) ? later(planned, wished) : wished;
    case ENGINE_CYCLE:
        return poll ? later(planned, wished) : wished;
    case ENGINE_ENROL:
        return poll ? engine_may_ask(state, ASKER_USER, now) : 0;
    case ENGINE_RENEW:
        break;
    }
    return 0;
}

/* Is now not the moment that was meant for it? */
static bool is_late(const struct engine_view *view, enum engine_mode mode, int64_t from,
                    int64_t now)
{
    if (view->state.phase == PHASE_REQUESTING && view->state.next_attempt == 0)
        return from < now - ENGINE_CRASHED;
    return mode == ENGINE_ROUTINE || from < now - ENGINE_LATE;
}

struct engine_decision engine_decide(const struct engine_view *view, enum engine_mode mode,
                                     int64_t now)
{
    int64_t from;
    enum engine_action action = need(view, mode, now, &from);
    int64_t until = wait_until(view, mode, action, now);
    bool clock = mode == ENGINE_DUE || mode == ENGINE_ROUTINE;

    if (action == ACTION_POLL)
        from = until;
    from = later(from, until);
    if (from > now)
        return (struct engine_decision){.action = ACTION_NONE, .next = action, .when = from};
    if (view->needs_pin && action != ACTION_POLL)
        return (struct engine_decision){.action = ACTION_PIN, .next = ACTION_NONE};
    if (clock && is_late(view, mode, from, now) && engine_works(view, now) &&
        view->state.wait != WAIT_LATE)
        return (struct engine_decision){.action = ACTION_DEFER, .next = action, .when = now};
    return (struct engine_decision){.action = action, .next = ACTION_NONE};
}

static void plan(struct entry_state *state, int64_t when, int64_t now)
{
    state->next_attempt = when;
    state->planned = now;
}

void engine_defer(struct entry_state *state, int64_t not_after, int64_t interval, uint64_t seed,
                  int64_t now)
{
    state->wait = WAIT_LATE;
    plan(state, schedule_late(interval, not_after, seed, now), now);
}

bool engine_has_settled(const struct engine_view *view, enum engine_mode mode, int64_t now)
{
    const struct entry_state *state = &view->state;
    bool told =
        state->phase != PHASE_INSTALLED || state->attempts > 0 || state->wait || state->reason[0];
    bool wanted = view->has_certificate && !is_edited(view) && !goes_on(view, now);

    return told && wanted && now < view->renew_at &&
           (mode != ENGINE_DUE || now >= believable(state, state->next_attempt, now));
}

/* What a failure of any kind comes to. */
static void fail(struct entry_state *state, enum entry_wait wait, const struct engine_pace *pace,
                 int64_t now)
{
    /* A request that waits for approval goes on waiting, whatever became of one poll. */
    if ((state->attempts == 0 || state->wait != wait) && state->phase != PHASE_PENDING)
        state->since = now;
    state->wait = wait;
    if (state->attempts < UINT16_MAX)
        state->attempts++;
    plan(state, schedule_retry(state->attempts, pace->interval, pace->seed, now), now);
    if (state->phase == PHASE_PENDING)
        state->asked = now; /* a poll; a request was noted when it started */
}

/* The CA is done with this transaction, or we are. */
static void end_transaction(struct entry_state *state, int64_t now)
{
    if (state->refusals < UINT16_MAX)
        state->refusals++;
    if (state->phase == PHASE_PENDING)
        state->attempts = state->refusals - 1; /* those were polls */
    state->asked = now;
    state->phase = PHASE_NONE;
    state->pending = 0;
    state->transaction_id[0] = 0;
    state->wish[0] = 0;
    state->by_old = false;
}

/* Without a fault of a request: it could not be made. */
static bool was_held_up(const struct entry_state *state)
{
    return state->wait == WAIT_ROOT || state->wait == WAIT_VALUE || state->wait == WAIT_PIN;
}

static void enter(struct entry_state *state, enum entry_phase phase, int64_t now)
{
    if (state->phase != phase || was_held_up(state))
        state->since = now;
    state->phase = phase;
}

static void block(struct entry_state *state, enum entry_wait wait, int64_t now)
{
    if (state->wait != wait)
        state->since = now;
    state->wait = wait;
    state->next_attempt = 0;
}

void engine_leave_to_user(struct entry_state *state)
{
    if (state->phase == PHASE_PENDING)
        return;
    state->wait = WAIT_PIN;
    state->next_attempt = state->planned = 0;
}

/* The last failure stays told until there is news of this request. */
static void start(struct entry_state *state, int64_t now)
{
    enter(state, PHASE_REQUESTING, now);
    state->asked = now;
    state->pending = 0;
    if (state->wait == WAIT_LATE)
        state->wait = WAIT_NOTHING;
    if (!was_held_up(state))
        return;
    state->attempts = state->wait == WAIT_VALUE ? 0 : state->attempts;
    state->wait = WAIT_NOTHING;
    state->reason[0] = 0;
}

static void wait_for_approval(struct entry_state *state, const struct engine_pace *pace,
                              int64_t now)
{
    bool first = state->phase != PHASE_PENDING || state->pending == 0;
    enter(state, PHASE_PENDING, now);
    if (first || is_ahead(state->pending, now))
        state->pending = now;
    state->wait = WAIT_NOTHING;
    state->attempts = 0;
    plan(state, schedule_poll(state->pending, pace->interval, pace->poll_interval, pace->seed, now),
         now);
    state->asked = now;
}

static void succeed(struct entry_state *state, int64_t now)
{
    enter(state, PHASE_INSTALLED, now);
    state->wait = WAIT_NOTHING;
    state->attempts = state->refusals = 0;
    state->pending = state->next_attempt = state->planned = 0;
}

int64_t engine_pending_until(const struct entry_state *state, int64_t poll_limit)
{
    bool known = state->phase == PHASE_PENDING && state->pending > 0;
    bool fits = state->pending <= INT64_MAX - poll_limit; /* whatever state.json says */
    return known && poll_limit > 0 && fits ? state->pending + poll_limit : 0;
}

/* True when it was: what is told then. */
static bool give_up(struct entry_state *state, enum engine_event event, const char *reason,
                    const struct engine_pace *pace, int64_t now)
{
    bool polled = event == EVENT_PENDING || event == EVENT_FAILED || event == EVENT_UNREACHED;
    int64_t until = engine_pending_until(state, pace->poll_limit);
    if (!polled || until == 0 || now < until || state->asked < until)
        return false;
    long long hours = (long long)(now - state->pending) / 3600;
    end_transaction(state, now);
    fail(state, WAIT_NOTHING, pace, now);
    snprintf(state->reason, sizeof state->reason,
             "the CA has not decided in %lld %s: the request is given up and a new one made "
             "(poll-limit); last: %.800s",
             hours < 48 ? hours : hours / 24, hours < 48 ? "hours" : "days", reason);
    return true;
}

/* How long the server wants to be left alone, as far as it is believed: a header that nobody has
 * signed, which whoever sits in the middle can write, must not have a certificate run out. */
static int64_t left_alone(const struct engine_pace *pace, int64_t now)
{
    int64_t most = ENGINE_POSTPONE_MAX, half = (pace->not_after - now) / 2;
    if (pace->not_after > now && half < most)
        most = later(half, SCHEDULE_FIRST_RETRY);
    return pace->retry_after < most ? pace->retry_after : most;
}

/* The limit must not come and go between two polls; a server's wish comes before either. */
static void bound(struct entry_state *state, const struct engine_pace *pace, int64_t now)
{
    int64_t until = engine_pending_until(state, pace->poll_limit);
    int64_t last = until > now ? until : now + ENGINE_LAST_POLL;
    int64_t alone = left_alone(pace, now);
    if (until && state->next_attempt > last)
        state->next_attempt = last;
    state->not_before = alone > 0 ? now + alone : 0;
    if (state->next_attempt < state->not_before)
        plan(state, state->not_before, now);
}

/* What comes of EVENT, its reason aside. */
static void follow(struct entry_state *state, enum engine_event event,
                   const struct engine_pace *pace, int64_t now)
{
    switch (event) {
    case EVENT_STARTED:
        break; /* engine_after() */
    case EVENT_ISSUED:
        succeed(state, now);
        break;
    case EVENT_PENDING:
        wait_for_approval(state, pace, now);
        break;
    case EVENT_REFUSED:
        end_transaction(state, now);
        __attribute__((fallthrough));
    case EVENT_FAILED:
        fail(state, WAIT_NOTHING, pace, now);
        break;
    case EVENT_UNREACHED:
        fail(state, WAIT_NETWORK, pace, now);
        break;
    case EVENT_UNMET:
        fail(state, WAIT_VALUE, pace, now);
        break;
    case EVENT_BLOCKED:
        block(state, WAIT_ROOT, now);
        break;
    case EVENT_PIN:
        block(state, WAIT_PIN, now);
        break;
    }
}

void engine_after(struct entry_state *state, enum engine_event event, const char *reason,
                  const struct engine_pace *pace, int64_t now)
{
    if (event == EVENT_STARTED) {
        start(state, now);
        return;
    }
    if (!give_up(state, event, reason, pace, now)) {
        follow(state, event, pace, now);
        snprintf(state->reason, sizeof state->reason, "%s", reason);
    }
    if (event != EVENT_BLOCKED && event != EVENT_UNMET && event != EVENT_PIN) /* which ask nobody */
        bound(state, pace, now);
}

void engine_set_up(struct entry_state *state, const char *setup, int64_t now)
{
    bool edited = state->setup[0] && strcmp(state->setup, setup) != 0;
    snprintf(state->setup, sizeof state->setup, "%s", setup);
    if (!edited || state->attempts == 0)
        return;
    state->attempts = state->refusals = 0;
    state->asked = 0;
    plan(state, later(now, believable(state, state->not_before, now)), now);
}

int64_t engine_may_ask(const struct entry_state *state, enum engine_asker asker, int64_t now)
{
    bool backs_off = state->attempts > 0 && state->next_attempt > now;
    /* A clock that was set back must not lock anybody out. */
    if (asker == ASKER_ROOT || state->asked > now || (asker == ASKER_SIGN_IN && !backs_off))
        return now;
    int64_t from = state->asked + ENGINE_USER_PAUSE;
    return asker == ASKER_SIGN_IN && state->next_attempt < from ? state->next_attempt : from;
}

bool engine_is_news(const struct engine_view *view)
{
    const struct entry_state *state = &view->state;
    return wants_another(view) && !under_way(view) && state->attempts == 0 && !state->wait;
}

static bool has_expired(const struct engine_view *view, int64_t now)
{
    return view->has_certificate && now >= view->not_after;
}

const char *engine_state_name(const struct engine_view *view, int64_t now)
{
    const struct entry_state *state = &view->state;
    if (state->phase == PHASE_PENDING && state->wait != WAIT_ROOT)
        return "pending";
    if (has_expired(view, now))
        return "expired";
    if (state->wait == WAIT_ROOT)
        return "waiting";
    if (state->wait == WAIT_VALUE) /* the profile is not applied */
        return view->has_certificate ? "installed" : "not-applicable";
    if (view->has_certificate)
        return under_way(view) || state->attempts > 0 || state->wait == WAIT_PIN ||
                       wants_another(view)
                   ? "renewing"
                   : "installed";
    if (state->wait == WAIT_PIN && state->attempts == 0)
        return "waiting";
    if (state->attempts > 0)
        return state->wait == WAIT_NETWORK ? "waiting" : "error";
    return "requesting";
}

int64_t engine_state_since(const struct engine_view *view, int64_t now)
{
    bool pending = view->state.phase == PHASE_PENDING && view->state.wait != WAIT_ROOT;
    if (has_expired(view, now) && !pending)
        return view->not_after;
    return engine_is_news(view) ? 0 : view->state.since;
}
