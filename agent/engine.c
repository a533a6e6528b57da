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

/* What the entry needs, leaving back-off aside, and from when on. */
static enum engine_action need(const struct engine_view *view, enum engine_mode mode, int64_t now,
                               int64_t *ret_from)
{
    *ret_from = now;
    if (view->state.phase == PHASE_PENDING && engine_same_transaction(view))
        return ACTION_POLL;
    if (!view->has_certificate || is_edited(view) || now >= view->not_after)
        return ACTION_ENROL;
    if (mode != ENGINE_RENEW && !engine_same_transaction(view))
        *ret_from = view->renew_at;
    return ACTION_RENEW;
}

struct engine_decision engine_decide(const struct engine_view *view, enum engine_mode mode,
                                     int64_t now)
{
    int64_t from;
    enum engine_action action = need(view, mode, now, &from);
    /* Polls keep their pace whoever asks: the CA's clerk is not faster for it. */
    bool waits = mode == ENGINE_DUE || (mode == ENGINE_CYCLE && action == ACTION_POLL);

    if (waits && view->state.next_attempt > from)
        from = view->state.next_attempt;
    if (from > now)
        return (struct engine_decision){.action = ACTION_NONE, .next = action, .when = from};
    if (view->needs_pin && action != ACTION_POLL)
        action = ACTION_PIN;
    return (struct engine_decision){.action = action, .next = ACTION_NONE};
}

bool engine_has_settled(const struct engine_view *view, enum engine_mode mode, int64_t now)
{
    const struct entry_state *state = &view->state;
    bool told =
        state->phase != PHASE_INSTALLED || state->attempts > 0 || state->wait || state->reason[0];
    bool wanted = view->has_certificate && !is_edited(view) && !engine_same_transaction(view);

    return told && wanted && now < view->renew_at &&
           (mode != ENGINE_DUE || now >= state->next_attempt);
}

/* What a failure of any kind comes to. */
static void fail(struct entry_state *state, enum entry_wait wait, int64_t interval, uint64_t seed,
                 int64_t now)
{
    /* A request that waits for approval goes on waiting, whatever became of one poll. */
    if ((state->attempts == 0 || state->wait != wait) && state->phase != PHASE_PENDING)
        state->since = now;
    state->wait = wait;
    if (state->attempts < UINT16_MAX)
        state->attempts++;
    state->next_attempt = schedule_retry(state->attempts, interval, seed, now);
    if (state->phase == PHASE_PENDING)
        state->asked = now; /* a poll; a request was noted when it started */
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
    state->next_attempt = 0;
}

/* The last failure stays told until there is news of this request. */
static void start(struct entry_state *state, int64_t now)
{
    enter(state, PHASE_REQUESTING, now);
    state->asked = now;
    if (!was_held_up(state))
        return;
    state->attempts = state->wait == WAIT_VALUE ? 0 : state->attempts;
    state->wait = WAIT_NOTHING;
    state->reason[0] = 0;
}

void engine_after(struct entry_state *state, enum engine_event event, const char *reason,
                  int64_t interval, uint64_t seed, int64_t now)
{
    switch (event) {
    case EVENT_STARTED:
        start(state, now);
        return;
    case EVENT_ISSUED:
        enter(state, PHASE_INSTALLED, now);
        state->wait = WAIT_NOTHING;
        state->attempts = 0;
        state->next_attempt = 0;
        break;
    case EVENT_PENDING:
        enter(state, PHASE_PENDING, now);
        state->wait = WAIT_NOTHING;
        state->attempts = 0;
        state->next_attempt = schedule_poll(state->since, interval, seed, now);
        state->asked = now;
        break;
    case EVENT_REFUSED:
        if (state->phase == PHASE_PENDING)
            state->attempts = 0; /* those were polls */
        state->asked = now;
        state->phase = PHASE_NONE;
        state->transaction_id[0] = 0;
        state->wish[0] = 0;
        __attribute__((fallthrough));
    case EVENT_FAILED:
        fail(state, WAIT_NOTHING, interval, seed, now);
        break;
    case EVENT_UNREACHED:
        fail(state, WAIT_NETWORK, interval, seed, now);
        break;
    case EVENT_UNMET:
        fail(state, WAIT_VALUE, interval, seed, now);
        break;
    case EVENT_BLOCKED:
        block(state, WAIT_ROOT, now);
        break;
    case EVENT_PIN:
        block(state, WAIT_PIN, now);
        break;
    }
    snprintf(state->reason, sizeof state->reason, "%s", reason);
}

void engine_postpone(struct entry_state *state, int64_t seconds, int64_t now)
{
    if (seconds > ENGINE_POSTPONE_MAX)
        seconds = ENGINE_POSTPONE_MAX;
    if (seconds > 0 && state->next_attempt < now + seconds)
        state->next_attempt = now + seconds;
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
