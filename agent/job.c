#include "agent/job.h"

#include "agent/attempt.h"
#include "agent/pin.h"
#include "agent/removal.h"
#include "agent/schedule.h"
#include "agent/setup.h"

#include <stdio.h>
#include <string.h>

static int expand(const struct job *job, struct request *ret, char wanted[SHA256_HEX],
                  struct err *err)
{
    struct attributes attributes = agent_attributes(job->agent, &job->owner, job->user);
    int rc = profile_request(job->profile, &attributes, ret, err);
    return rc < 0 ? rc : view_wish(job->profile, ret, wanted, err);
}

/* There is nothing to do, and the state is to say so. */
static int settle(struct attempt *attempt, struct err *err)
{
    struct engine_view *view = &attempt->view->engine;
    if (!engine_has_settled(view, attempt->job->mode, clock_now()))
        return 0;
    memcpy(view->state.wish, view->wish, sizeof view->wish);
    view->state.transaction_id[0] = view->state.url[0] = 0;
    return attempt_write(attempt, EVENT_ISSUED, "", err);
}

/* Nobody waits for it, and many machines may be late with the same thing. */
static int defer(struct attempt *attempt, struct err *err)
{
    const struct engine_view *view = &attempt->view->engine;
    struct entry_state *state = &attempt->view->engine.state;
    engine_defer(state, view->not_after, attempt->job->agent->profiles.settings.interval,
                 schedule_seed(), clock_now());
    return entry_state_write(attempt->entry, state, err);
}

/* The profile has no request to make. That is told once for each step of the back-off, as any other
 * failure. */
static int stay_unmet(struct attempt *attempt, struct err *unmet, struct err *err)
{
    const struct entry_state *state = &attempt->view->engine.state;
    if (attempt->job->mode == ENGINE_DUE && clock_now() < state->next_attempt)
        return 0;
    /* That a source did not answer says nothing about the value. */
    attempt->unmet = unmet->class == ERR_CONFIG;
    attempt_fail(attempt, unmet);
    return err_set(err, unmet->class, "%s", unmet->text);
}

/* Every user may have a request made, and signs in, but not one after the other. */
static int check_pace(const struct job *job, const struct entry_state *state, struct err *err)
{
    int64_t now = clock_now(), from = engine_may_ask(state, job->asker, now);
    if (from <= now)
        return 0;
    if (job->asker == ASKER_SIGN_IN)
        return err_set(err, ERR_RETRY, "%.900s (%lld seconds ago; it is tried again by itself)",
                       state->reason, (long long)(now - state->asked));
    return err_set(err, ERR_RETRY,
                   "the server was asked %lld seconds ago; you may have it asked again in %lld "
                   "seconds%s%.800s",
                   (long long)(now - state->asked), (long long)(from - now),
                   state->reason[0] ? "; last time: " : "", state->reason);
}

/* A failure is no reason to worry yet, or it is one. */
static void tell_what_works(const struct engine_view *view, struct err *failure)
{
    char until[CLOCK_TEXT];
    if (!engine_works(view, clock_now()) || !clock_text(view->not_after, until))
        return;
    struct err first = *failure;
    err_set(failure, first.class, "%.900s; the certificate that is there is good until %s",
            first.text, until);
}

/* One more try; its failure is written down. */
static int try(struct attempt *attempt, const char *wanted, struct err *err)
{
    struct view after;
    bool pending = attempt->action == ACTION_POLL;
    int rc = attempt_make(attempt, err);
    if (rc < 0 && attempt->pin_refused)
        return rc; /* it was not made at all */
    if (rc < 0) {
        tell_what_works(&attempt->view->engine, err);
        attempt_fail(attempt, err);
    } else if ((rc = view_read(attempt->entry, attempt->job->profile, wanted, attempt->installed,
                               &after, err)) == 0) {
        view_free(attempt->view);
        *attempt->view = after;
    }
    /* To have waited in vain is more than this poll's failure, or than no answer. */
    const struct entry_state *state = &attempt->view->engine.state;
    return pending && state->phase == PHASE_NONE && !attempt->refused
               ? err_set(err, ERR_RETRY, "%s", state->reason)
               : rc;
}

/* Nothing goes on without its user, who is told once. What failed last stays told. */
static int await_pin(struct attempt *attempt, struct err *err)
{
    const struct job *job = attempt->job;
    const struct entry_state *state = &attempt->view->engine.state;
    struct err why;
    int rc = 0;
    pin_await(job->profile, attempt->view->engine.has_certificate, &why);
    if (state->wait == WAIT_PIN && state->attempts)
        err_set(&why, ERR_CONFIG, "%s", state->reason);
    else if (state->wait != WAIT_PIN || strcmp(state->reason, why.text) != 0)
        rc = attempt_write(attempt, EVENT_PIN, why.text, err);
    attempt_say(attempt, why.text);
    return rc < 0 || !job->named ? rc : err_set(err, ERR_CONFIG, "%s", why.text);
}

static int check_pin(const struct job *job, struct err *err)
{
    if (!job->pin)
        return 0;
    return pin_is_asked(job->profile)
               ? pin_check(job->pin, err)
               : err_set(err, ERR_CONFIG, "its key asks for no PIN (key-storage is not tpm-pin)");
}

static int do_what_is_due(struct attempt *attempt, const char *wanted, struct err *err)
{
    const struct job *job = attempt->job;

    attempt->action = engine_decide(&attempt->view->engine, job->mode, clock_now()).action;
    if (attempt->action == ACTION_NONE)
        return settle(attempt, err);
    if (attempt->action == ACTION_DEFER)
        return defer(attempt, err);
    if (attempt->action == ACTION_PIN)
        return await_pin(attempt, err);
    int rc = check_pace(job, &attempt->view->engine.state, err);
    return rc < 0 ? rc : try(attempt, wanted, err);
}

/* To remove an entry makes no other pace: a new one remembers when the one before was asked for. */
static void remember_pace(const struct job *job, const struct entry *entry,
                          struct entry_state *state)
{
    struct removed before;
    if (state->phase == PHASE_NONE && state->asked == 0 &&
        removal_read(job->agent, &entry->id, job->user, &before, NULL) == 0)
        state->asked = before.asked;
}

static int work(const struct job *job, struct entry *entry, unsigned attempts_before,
                int64_t *ret_next, struct err *err)
{
    CLEANUP(request_free) struct request request = {0};
    CLEANUP(view_free) struct view view = {0};
    CLEANUP(attempt_end)
    struct attempt attempt = {
        .job = job, .entry = entry, .view = &view, .request = &request, .turn = -1};
    char wanted[SHA256_HEX] = "", setup[SHA256_HEX];
    struct err unmet;

    int expanded = expand(job, &request, wanted, &unmet);
    int rc = check_pin(job, err);
    if (rc == 0)
        rc = removal_claim(entry, job->user, err);
    if (rc == 0)
        rc = entry_access_put(entry, job->user, &job->profile->scep.key_access, err);
    if (rc == 0)
        rc = view_read(entry, job->profile, wanted, 0, &view, err);
    if (rc == 0)
        rc = setup_digest(job->agent, job->profile, setup, err);
    if (rc < 0)
        return rc;
    engine_set_up(&view.engine.state, setup, clock_now());
    view.engine.needs_pin = view.engine.needs_pin && !job->pin;
    remember_pace(job, entry, &view.engine.state);
    kept_sweep(entry, clock_now());
    if (expanded < 0) {
        rc = stay_unmet(&attempt, &unmet, err);
        *ret_next = view.engine.state.next_attempt;
        return rc;
    }
    /* Whoever had the lock before us has just tried the same and failed. */
    if (job->mode != ENGINE_DUE && job->mode != ENGINE_RENEW &&
        view.engine.state.attempts > attempts_before)
        return err_set(err, ERR_RETRY, "%s", view.engine.state.reason);

    rc = do_what_is_due(&attempt, wanted, err);
    struct engine_decision next = engine_decide(&view.engine, ENGINE_DUE, clock_now());
    *ret_next = next.next ? next.when : 0;
    return rc;
}

int job_run(const struct job *job, int64_t *ret_next, struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    struct entry_id id = {.owner = job->owner};
    struct entry_state before = {0};

    snprintf(id.profile, sizeof id.profile, "%s", job->profile->name);
    int rc = entry_open(&job->agent->store, &id, true, &entry, err);
    if (rc == 0)
        rc = entry_state_read(&entry, &before, err);
    if (rc == 0)
        rc = entry_lock(&entry, deadline_in(JOB_LOCK_WAIT_MS), err);
    if (rc == 0)
        rc = work(job, &entry, before.attempts, ret_next, err);
    return rc < 0 ? err_context(err, "profile %s, %s", job->profile->name,
                                job->user ? job->user : "device")
                  : 0;
}

int job_block(const struct agent *agent, const struct entry_id *id, const char *user,
              const char *reason, struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    struct entry_state state;
    int rc = entry_open(&agent->store, id, true, &entry, err);
    if (rc == 0)
        rc = entry_state_read(&entry, &state, err);
    if (rc < 0 || (state.wait == WAIT_ROOT && strcmp(state.reason, reason) == 0))
        return rc;
    rc = entry_lock(&entry, deadline_in(JOB_LOCK_WAIT_MS), err);
    if (rc == 0)
        rc = removal_claim(&entry, user, err);
    if (rc == 0)
        rc = entry_state_read(&entry, &state, err);
    if (rc < 0)
        return rc;
    engine_after(&state, EVENT_BLOCKED, reason, &(struct engine_pace){0}, clock_now());
    return entry_state_write(&entry, &state, err);
}
