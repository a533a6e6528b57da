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
    return (struct engine_decision){.action = action, .next = ACTION_NONE};
}

bool engine_has_settled(const struct engine_view *view, enum engine_mode mode, int64_t now)
{
    const struct entry_state *state = &view->state;
    bool told = state->phase != PHASE_INSTALLED || state->attempts > 0 || state->reason[0];
    bool wanted = view->has_certificate && !is_edited(view) && !engine_same_transaction(view);

    return told && wanted && now < view->renew_at &&
           (mode != ENGINE_DUE || now >= state->next_attempt);
}

void engine_after(struct entry_state *state, enum engine_event event, const char *reason,
                  int64_t interval, uint64_t seed, int64_t now)
{
    static const enum entry_phase phases[] = {
        [EVENT_STARTED] = PHASE_REQUESTING,
        [EVENT_ISSUED] = PHASE_INSTALLED,
        [EVENT_PENDING] = PHASE_PENDING,
    };
    if (event < LENGTH(phases) && state->phase != phases[event]) {
        state->phase = phases[event];
        state->since = now;
    }
    switch (event) {
    case EVENT_STARTED:
        return; /* the last failure stays told until there is news */
    case EVENT_ISSUED:
        state->attempts = 0;
        state->next_attempt = 0;
        break;
    case EVENT_PENDING:
        state->attempts = 0;
        state->next_attempt = schedule_poll(state->since, interval, seed, now);
        break;
    case EVENT_REFUSED:
        state->phase = PHASE_NONE;
        state->transaction_id[0] = 0;
        state->wish[0] = 0;
        __attribute__((fallthrough));
    case EVENT_FAILED:
        /* A request that waits for approval goes on waiting, whatever became of one poll. */
        if (state->attempts == 0 && state->phase != PHASE_PENDING)
            state->since = now;
        if (state->attempts < UINT16_MAX)
            state->attempts++;
        state->next_attempt = schedule_retry(state->attempts, interval, seed, now);
        break;
    }
    snprintf(state->reason, sizeof state->reason, "%s", reason);
}

const char *engine_state_name(const struct engine_view *view, int64_t now)
{
    if (view->state.phase == PHASE_PENDING)
        return "pending";
    if (view->has_certificate && now >= view->not_after)
        return "expired";
    if (view->has_certificate)
        return under_way(view) || view->state.attempts > 0 ? "renewing" : "installed";
    return view->state.attempts > 0 ? "error" : "requesting";
}
